#include "reports/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/block_table.h"
#include "reports/clean_text.h"
#include "reports/cut_text.h"
#include "reports/tree_check.h"
#include "reports/wrapped_text.h"

namespace ternsim::reports {

namespace {

constexpr std::size_t kLabel = 30;
constexpr std::size_t kName = 24;  // of a machine
constexpr std::size_t kWords = 18;
constexpr std::size_t kKey = 38;   // of the configuration
constexpr std::size_t kKeys = 40;  // that a terminal is given of them

constexpr std::size_t kBeside = 9;  // columns of what stands behind a value

/// What a figure is called, without what its values end with.
struct Heading {
  std::string_view name;
  std::string_view label;
  std::string_view unit;
};

constexpr std::array<Heading, 15> kHeadings{{{"tokens_per_second", "tokens/s", " token/s"},
                                             {"time_to_first_token", "time to first token", ""},
                                             {"time_per_output_token", "time per output token", ""},
                                             {"joules_per_token_low", "J/token, low", "/token"},
                                             {"joules_per_token_mid", "J/token, mid", "/token"},
                                             {"joules_per_token_high", "J/token, high", "/token"},
                                             {"average_watts", "average power", ""},
                                             {"matrix_utilisation", "matrix unit's utilisation", ""},
                                             {"dram_utilisation", "DRAM utilisation", ""},
                                             {"dram_bytes_per_token", "DRAM bytes per token", ""},
                                             {"clock_hz", "clock", ""},
                                             {"peak_macs_per_second", "peak MACs per second", ""},
                                             {"dram_bytes_per_second", "DRAM peak", ""},
                                             {"weight_bits", "bits of a weight", ""},
                                             {"area_m2", "mm2", " mm2"}}};

Heading heading_of(const Statistic& s) {
  const auto known = std::ranges::find(kHeadings, s.name, &Heading::name);
  if (known != kHeadings.end()) return *known;
  return {s.name, s.name,
          s.quantity == Quantity::Cycles           ? " cycles"
          : s.quantity == Quantity::JoulesPerToken ? "/token"
                                                   : ""};
}

std::string value_text(const Statistic* s) {
  if (s == nullptr) return "-";
  std::string text = for_people(*s);
  if (const std::string_view unit = heading_of(*s).unit; !unit.empty() && text.ends_with(unit))
    text.erase(text.size() - unit.size());
  // Variants of one machine differ at the end of their names.
  return s->quantity == Quantity::Text ? cut(text, kWords, true) : cut(text, kName, false);
}

/// A statistic of every row of a table, as a line; `beside`: what stands behind a row's value.
BlockLine line_of(const StatisticNode& table, const Statistic& example,
                  const std::function<std::string(const StatisticNode&)>& beside = {}) {
  BlockLine line{cut(heading_of(example).label, kLabel, false), "", {}};
  std::ranges::replace(line.label, '_', ' ');
  std::vector<Tier> tiers;
  for (const StatisticNode& row : table.children) {
    const Statistic* s = row.find(example.name);
    line.cells.push_back(value_text(s));
    if (beside) line.cells.back() += s == nullptr ? std::string(kBeside, ' ') : beside(row);
    if (s != nullptr && s->quantity != Quantity::Text && std::ranges::find(tiers, s->tier) == tiers.end())
      tiers.push_back(s->tier);
  }
  for (const Tier tier : tiers) line.note += (line.note.empty() ? "" : "/") + std::string(name_of(tier));
  return line;
}

std::vector<std::string> names_of(const StatisticNode& table) {
  std::vector<std::string> names;
  for (const StatisticNode& row : table.children) names.push_back(cut(row.name, kName, true));
  return names;
}

/// The statistics of a table's rows, one of each name.
std::vector<const Statistic*> columns_of(const StatisticNode& table) {
  std::vector<const Statistic*> columns;
  for (const StatisticNode& row : table.children)
    for (const Statistic& s : row.statistics)
      if (std::ranges::none_of(columns, [&](const Statistic* known) { return known->name == s.name; }))
        columns.push_back(&s);
  return columns;
}

/// A value of another table's row of the same name, in a column of its own width.
std::string beside(const StatisticNode* table, const StatisticNode& row, const std::string& name, bool percent) {
  const StatisticNode* other = table == nullptr ? nullptr : table->find_child(row.name);
  const Statistic* s = other == nullptr ? nullptr : other->find(name);
  const auto* value = s == nullptr ? nullptr : std::get_if<double>(&s->value);
  const std::string text = value == nullptr ? "-"
                           : percent        ? fmt::format("{:.1f} %", 100 * *value)
                                            : for_people(*value, Quantity::Ratio) + "x";
  return fmt::format("{:>{}}", cut(text, kName, false), kBeside);
}

void write_machines(const StatisticNode& machines, std::string& out) {
  BlockTable table{"machines", names_of(machines), {}};
  for (const Statistic* s : columns_of(machines)) {
    if (s->name == "run" || s->name == "lacks" || s->name == "area_ratio" || s->name == "energy_note") continue;
    if (s->name == "area_m2")
      table.lines.push_back(
          line_of(machines, *s, [&](const StatisticNode& row) { return beside(&machines, row, "area_ratio", false); }));
    else
      table.lines.push_back(line_of(machines, *s));
  }
  out += block_table(table);
}

void write_phase(const StatisticNode& phase, std::string& out) {
  const std::string title = cut(phase.title, kLabel, false);
  if (const StatisticNode* figures = phase.find_child("figures")) {
    BlockTable table{title, names_of(*figures), {}};
    for (const Statistic* s : columns_of(*figures))
      table.lines.push_back(line_of(*figures, *s, [&](const StatisticNode& row) {
        return beside(phase.find_child("ratios"), row, s->name, false);
      }));
    out += block_table(table);
  }
  if (const StatisticNode* energy = phase.find_child("energy")) {
    BlockTable table{title + ": J/token, constants at mid", names_of(*energy), {}};
    for (const Statistic* s : columns_of(*energy))
      if (s->name.find("joules_per_token") != 0) table.lines.push_back(line_of(*energy, *s));
    out += block_table(table);
  }
  for (const StatisticNode& cycles : phase.children) {
    if (!cycles.name.ends_with("_cycles")) continue;
    const StatisticNode* shares = phase.find_child(cycles.name.substr(0, cycles.name.rfind('_')) + "_shares");
    BlockTable table{title + ": " + cut(cycles.title, kLabel, false), names_of(cycles), {}};
    for (const Statistic* s : columns_of(cycles))
      table.lines.push_back(line_of(cycles, *s, [&](const StatisticNode& row) {
        return s->name == "total" ? std::string(kBeside, ' ') : beside(shares, row, s->name, true);
      }));
    out += block_table(table);
  }
}

void write_configuration(const StatisticNode& configuration, const StatisticNode& machines, std::string& out) {
  BlockTable table{"keys that differ", {}, {}};
  std::vector<std::string> runs;
  for (const StatisticNode& machine : machines.children)
    if (const std::string run = for_people(*machine.find("run")); runs.empty() || runs.back() != run)
      runs.push_back(run);
  for (const std::string& run : runs) table.columns.push_back(cut(run, kWords, true));
  for (const StatisticNode& key : configuration.children) {
    if (table.lines.size() == kKeys) break;
    BlockLine& line = table.lines.emplace_back(BlockLine{cut(key.name, kKey, true), "", {}});
    for (const std::string& run : runs) line.cells.push_back(value_text(key.find(run)));
  }
  out += block_table(table);
  if (configuration.children.size() > kKeys)
    out += fmt::format("and {} more; --json has them\n", configuration.children.size() - kKeys);
}

}  // namespace

std::string compare_text(const StatisticNode& comparison) {
  check_tree(comparison);
  const auto show = [&](std::string_view name) { return printable_text(for_people(*comparison.find(name))); };
  const StatisticNode& machines = *comparison.find_child("machines");
  std::string out = wrapped_text(
      fmt::format("{} machines of {} results; 2x is twice {}; {} keys of the configuration equal, {} not",
                  machines.children.size(), show("runs"), show("baseline"), show("keys_equal"), show("keys_different")),
      kTerminalColumns, 0);
  out += '\n';
  const auto say = [&](const std::string& text) {
    out += wrapped_text(printable_text(text), kTerminalColumns - 2, 2) + '\n';
  };
  for (const Statistic& s : comparison.statistics)
    if (s.name.starts_with("note_")) say("note: " + for_people(s));
  for (const StatisticNode& machine : machines.children) {
    if (const Statistic* note = machine.find("energy_note"))
      say(fmt::format("{}: {}", machine.name, for_people(*note)));
    if (const Statistic* lacks = machine.find("lacks"))
      say(fmt::format("{} lacks: {}", machine.name, for_people(*lacks)));
  }
  write_machines(machines, out);
  for (const StatisticNode& child : comparison.children) {
    if (child.name == "configuration")
      write_configuration(child, machines, out);
    else if (!child.tabular)
      write_phase(child, out);
  }
  return out;
}

}  // namespace ternsim::reports
