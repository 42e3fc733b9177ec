#include "reports/compare_results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "reports/clean_text.h"
#include "reports/configuration_keys.h"

namespace ternsim::reports {

namespace {

/// A machine of a run: a row of every table.
struct Machine {
  std::string name;
  const ComparedRun* run;
  const StatisticNode* node;
};

struct Figure {
  std::string_view name;
  Quantity quantity;
};

constexpr std::array<Figure, 9> kFigures{{{"tokens_per_second", Quantity::TokensPerSecond},
                                          {"time_to_first_token", Quantity::Seconds},
                                          {"time_per_output_token", Quantity::Seconds},
                                          {"joules_per_token_low", Quantity::JoulesPerToken},
                                          {"joules_per_token_mid", Quantity::JoulesPerToken},
                                          {"joules_per_token_high", Quantity::JoulesPerToken},
                                          {"average_watts", Quantity::Watts},
                                          {"matrix_utilisation", Quantity::Ratio},
                                          {"dram_utilisation", Quantity::Ratio}}};
constexpr std::array<Figure, 5> kSizes{{{"clock_hz", Quantity::Hertz},
                                        {"peak_macs_per_second", Quantity::Count},
                                        {"dram_bytes_per_second", Quantity::BytesPerSecond},
                                        {"weight_bits", Quantity::Ratio},
                                        {"area_m2", Quantity::SquareMetres}}};
constexpr std::array<std::pair<const char*, const char*>, 2> kPhases{{{"prefill", "Prefill"}, {"decode", "Decode"}}};
constexpr std::array<std::pair<const char*, const char*>, 2> kUnits{{{"matrix", "Matrix unit"}, {"dma", "DMA"}}};
constexpr std::size_t kMostKeys = 500;  // that are listed; no two machines have as many

constexpr const char* kIdentical = "tokens identical";  // how the verdict of `report` on its engines begins

/// What no name of a node holds.
bool no_name(char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

double number(const Statistic& s) {
  if (const auto* count = std::get_if<std::uint64_t>(&s.value)) return static_cast<double>(*count);
  return std::get<double>(s.value);
}

/// A number of that name and quantity, or nullptr: the results may come from anybody.
const Statistic* find_figure(const StatisticNode* node, std::string_view name, Quantity quantity) {
  const Statistic* s = node == nullptr ? nullptr : node->find(name);
  return s == nullptr || s->quantity != quantity ? nullptr : s;
}

std::string text_or(const StatisticNode* node, std::string_view name, std::string otherwise) {
  const Statistic* s = node == nullptr ? nullptr : node->find(name);
  const auto* text = s == nullptr ? nullptr : std::get_if<std::string>(&s->value);
  return text == nullptr ? otherwise : *text;
}

void require_name(const ComparedRun& run) {
  const bool bad = run.name.empty() || std::ranges::any_of(run.name, [](char c) { return no_name(c); });
  if (bad)
    throw RequestError(printable_text(fmt::format(
        "{}: '{}' is no name for a run: it has to be text without '/'; give NAME=FILE", run.file, run.name)));
}

/// The machines of a run that ran anything.
std::vector<const StatisticNode*> machine_nodes(const ComparedRun& run) {
  std::vector<const StatisticNode*> nodes;
  const auto take = [&](const StatisticNode& node) {
    if (std::ranges::any_of(kPhases, [&](const auto& phase) { return node.find_child(phase.first) != nullptr; }))
      nodes.push_back(&node);
  };
  if (const StatisticNode* one = run.root.find_child("machine")) take(*one);
  if (const StatisticNode* several = run.root.find_child("machines"))
    for (const StatisticNode& one : several->children) take(one);
  if (nodes.empty())
    throw InputError(printable_text(fmt::format(
        "{}: no machine in these results: give what 'ternsim simulate --json' or 'ternsim report' wrote", run.file)));
  return nodes;
}

std::vector<Machine> machines_of(std::span<const ComparedRun> runs) {
  if (runs.size() < 2 || runs.size() > kMostRuns)
    throw RequestError(fmt::format("{} results given, and 2 to {} can be compared", runs.size(), kMostRuns));
  std::vector<Machine> machines;
  std::map<std::string, const ComparedRun*> names;
  const auto claim = [&](const std::string& name, const ComparedRun& run) {
    const auto [at, fresh] = names.emplace(name, &run);
    if (!fresh)
      throw RequestError(printable_text(fmt::format("{} and {} are both called '{}': give one another name, NAME=FILE",
                                                    at->second->file, run.file, name)));
  };
  for (const ComparedRun& run : runs) {
    require_name(run);
    claim(run.name, run);
    const std::vector<const StatisticNode*> nodes = machine_nodes(run);
    for (const StatisticNode* node : nodes) {
      const bool only = nodes.size() == 1;
      machines.push_back({only ? run.name : fmt::format("{}:{}", run.name, node->name), &run, node});
      if (!only) claim(machines.back().name, run);
    }
    if (machines.size() > kMostMachines)
      throw RequestError(fmt::format("more than {} machines in these results: compare fewer", kMostMachines));
  }
  return machines;
}

const Machine& baseline_of(const std::vector<Machine>& machines, const std::string& name) {
  if (name.empty()) return machines.front();
  const auto is_run = [&](const Machine& m) { return m.run->name == name; };
  const auto exact = std::ranges::find(machines, name, &Machine::name);
  const auto found = exact != machines.end() ? exact : std::ranges::find_if(machines, is_run);
  if (found != machines.end()) return *found;
  std::vector<std::string> names;
  for (const Machine& m : machines) names.push_back(m.name);
  throw RequestError(
      printable_text(fmt::format("--baseline {}: no such run; there are {}", name, fmt::join(names, ", "))));
}

StatisticNode table_of(std::string name, std::string title, const std::vector<Machine>& machines) {
  StatisticNode table{std::move(name), std::move(title), {}, {}, true};
  for (const Machine& m : machines) table.add_child(m.name, m.name);
  return table;
}

/// Adds a table that says anything.
void add_table(StatisticNode& node, StatisticNode table) {
  if (std::ranges::any_of(table.children, [](const StatisticNode& row) { return !row.statistics.empty(); }))
    node.children.push_back(std::move(table));
}

std::optional<Statistic> ratio_of(const Statistic& one, const Statistic* base, const std::string& baseline) {
  if (base == nullptr) return std::nullopt;
  const double ratio = number(one) / number(*base);
  if (!std::isfinite(ratio)) return std::nullopt;
  return Statistic{one.name, fmt::format("{} over that of {}.", one.name, baseline), Quantity::Ratio, ratio,
                   weaker(one.tier, base->tier)};
}

StatisticNode figures_table(const std::vector<Machine>& machines, std::string_view phase) {
  StatisticNode table = table_of("figures", "Figures", machines);
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const StatisticNode* node = machines[i].node->find_child(phase);
    std::vector<Statistic>& row = table.children[i].statistics;
    for (const Figure& figure : kFigures)
      if (const Statistic* s = find_figure(node, figure.name, figure.quantity)) row.push_back(*s);
    const Statistic* bytes = find_figure(node, "dram_bytes", Quantity::Bytes);
    const Statistic* tokens = find_figure(node, "tokens", Quantity::Count);
    if (bytes != nullptr && tokens != nullptr && number(*tokens) > 0)
      row.push_back({"dram_bytes_per_token", "Bytes moved over the DRAM's data bus / tokens of the phase.",
                     Quantity::Bytes, number(*bytes) / number(*tokens), weaker(bytes->tier, tokens->tier)});
  }
  return table;
}

StatisticNode ratios_table(const std::vector<Machine>& machines, const StatisticNode& figures,
                           const Machine& baseline) {
  StatisticNode table = table_of("ratios", "Over the baseline", machines);
  const StatisticNode& base = *figures.find_child(baseline.name);
  for (std::size_t i = 0; i < machines.size(); ++i)
    for (const Statistic& s : figures.children[i].statistics)
      if (auto ratio = ratio_of(s, base.find(s.name), baseline.name)) table.children[i].statistics.push_back(*ratio);
  return table;
}

StatisticNode energy_table(const std::vector<Machine>& machines, std::string_view phase) {
  StatisticNode table = table_of("energy", "Energy per token by part", machines);
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const StatisticNode* node = machines[i].node->find_child(phase);
    const StatisticNode* parts = node == nullptr ? nullptr : node->find_child("energy");
    if (parts == nullptr) continue;
    StatisticNode& row = table.children[i];
    for (const char* total : {"joules_per_token_low", "joules_per_token_mid", "joules_per_token_high"})
      if (const Statistic* s = find_figure(node, total, Quantity::JoulesPerToken)) row.statistics.push_back(*s);
    for (const StatisticNode& part : parts->children)
      if (const Statistic* s = find_figure(&part, "joules_per_token", Quantity::JoulesPerToken);
          s != nullptr && row.find(part.name) == nullptr) {
        row.statistics.push_back(*s);
        row.statistics.back().name = part.name;
      }
  }
  return table;
}

/// The states of a unit on any machine, in the order in which people read them.
std::vector<const Statistic*> states_of(const std::vector<const StatisticNode*>& units) {
  std::vector<const Statistic*> states;
  const auto gather = [&](const auto& wanted) {
    for (const StatisticNode* unit : units) {
      if (unit == nullptr) continue;
      for (const Statistic& s : unit->statistics)
        if (s.quantity == Quantity::Cycles && wanted(s.name) &&
            std::ranges::none_of(states, [&](const Statistic* known) { return known->name == s.name; }))
          states.push_back(&s);
    }
  };
  gather([](std::string_view name) { return name == "busy"; });
  gather([](std::string_view name) { return name.starts_with("stall_"); });
  gather([](std::string_view name) { return name == "idle"; });
  return states;
}

void add_unit(StatisticNode& phase, const std::vector<Machine>& machines, const std::string& unit,
              const std::string& title) {
  std::vector<const StatisticNode*> nodes;
  for (const Machine& m : machines) {
    const StatisticNode* in_phase = m.node->find_child(phase.name);
    const StatisticNode* units = in_phase == nullptr ? nullptr : in_phase->find_child("units");
    nodes.push_back(units == nullptr ? nullptr : units->find_child(unit));
  }
  const std::vector<const Statistic*> states = states_of(nodes);
  StatisticNode cycles = table_of(unit + "_cycles", title + ": cycles by state", machines);
  StatisticNode shares = table_of(unit + "_shares", title + ": share of all cycles by state", machines);
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const Statistic* total = find_figure(nodes[i], "total", Quantity::Cycles);
    double named = 0;
    for (const Statistic* state : states)
      if (const Statistic* s = find_figure(nodes[i], state->name, Quantity::Cycles)) named += number(*s);
    for (const Statistic* state : states) {
      const Statistic* s = find_figure(nodes[i], state->name, Quantity::Cycles);
      const Statistic none{state->name, state->description, Quantity::Cycles, std::uint64_t{0}, Tier::Simulated};
      if (s == nullptr && total != nullptr && named == number(*total)) s = &none;
      if (s == nullptr) continue;
      cycles.children[i].statistics.push_back(*s);
      if (total != nullptr && number(*total) > 0)
        shares.children[i].add(s->name, fmt::format("{} / total.", s->name), Quantity::Ratio,
                               number(*s) / number(*total), weaker(s->tier, total->tier));
    }
    if (total != nullptr) cycles.children[i].statistics.push_back(*total);
  }
  add_table(phase, std::move(cycles));
  add_table(phase, std::move(shares));
}

StatisticNode machines_table(const std::vector<Machine>& machines, const Machine& baseline) {
  StatisticNode table = table_of("machines", "Machines", machines);
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const Machine& m = machines[i];
    StatisticNode& row = table.children[i];
    row.add("run", "The results that it is of.", Quantity::Text, m.run->name)
        .add("machine", "What it is called there.", Quantity::Text,
             m.node->title.empty() ? m.node->name : m.node->title);
    const StatisticNode* configuration = m.run->root.find_child("configuration");
    for (const char* name : {"model", "workload", "technology"})
      if (const std::string text = text_or(configuration, name, ""); !text.empty())
        row.add(name, fmt::format("Name of the {}.", name), Quantity::Text, text);
    for (const Figure& size : kSizes)
      if (const Statistic* s = find_figure(m.node, size.name, size.quantity)) row.statistics.push_back(*s);
    if (const Statistic* area = row.find("area_m2"))
      if (auto ratio = ratio_of(*area, find_figure(baseline.node, "area_m2", Quantity::SquareMetres), baseline.name)) {
        ratio->name = "area_ratio";
        row.statistics.push_back(*ratio);
      }
    if (const std::string note = text_or(m.node, "energy_note", ""); !note.empty())
      row.add("energy_note", "What the joules and areas of this machine are.", Quantity::Text, note);
  }
  return table;
}

/// What a row of a table lacks that another one has: the table's name, or its columns.
std::string lacking(const StatisticNode& table, std::size_t row) {
  std::vector<std::string> columns;
  for (const StatisticNode& other : table.children)
    for (const Statistic& s : other.statistics)
      if (s.name != "energy_note" && s.name != "area_ratio" && table.children[row].find(s.name) == nullptr &&
          std::ranges::find(columns, s.name) == columns.end())
        columns.push_back(s.name);
  if (columns.empty()) return "";
  return table.children[row].statistics.empty() ? table.name
                                                : fmt::format("{} {}", table.name, fmt::join(columns, ", "));
}

std::string all_lacking(const StatisticNode& root, std::size_t row) {
  std::vector<std::string> all;
  for (const StatisticNode& child : root.children) {
    if (child.tabular) {
      if (const std::string what = lacking(child, row); !what.empty()) all.push_back(what);
      continue;
    }
    std::vector<std::string> here;
    bool any = false;
    for (const StatisticNode& table : child.children) {
      any = any || !table.children[row].statistics.empty();
      // These follow from tables beside them.
      if (table.name == "ratios" || table.name.ends_with("_shares")) continue;
      if (const std::string what = lacking(table, row); !what.empty()) here.push_back(child.name + " " + what);
    }
    if (any)
      all.insert(all.end(), here.begin(), here.end());
    else
      all.push_back(child.name);
  }
  return fmt::format("{}", fmt::join(all, "; "));
}

/// To the rows of the table of machines, which comes first.
void add_lacking(StatisticNode& root) {
  std::vector<std::string> lacks;
  for (std::size_t row = 0; row < root.children.front().children.size(); ++row) lacks.push_back(all_lacking(root, row));
  for (std::size_t row = 0; row < lacks.size(); ++row)
    if (!lacks[row].empty())
      root.children.front().children[row].add("lacks", "What another machine has, and this one's results do not say.",
                                              Quantity::Text, lacks[row]);
}

/// A note where `what` of the runs is not the same, with who has which. Of one name, `content` tells different ones
/// apart.
void add_note(StatisticNode& root, std::span<const ComparedRun> runs, const char* node, const char* name,
              const char* content, const std::string& what) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const ComparedRun& run : runs) {
    std::string text = text_or(run.root.find_child(node), name, "(not said)");
    if (const std::string said = text_or(run.root.find_child(node), content, ""); !said.empty())
      text += fmt::format(" [{}]", said);
    auto at = std::ranges::find(groups, text, &std::pair<std::string, std::vector<std::string>>::first);
    if (at == groups.end()) at = groups.insert(groups.end(), {text, {}});
    at->second.push_back(run.name);
  }
  if (groups.size() < 2) return;
  std::string text = fmt::format("different {}: ", what);
  for (const auto& [value, names] : groups)
    text += fmt::format("{}{} ({})", &value == &groups.front().first ? "" : "; ", value, fmt::join(names, ", "));
  std::string key = "note_" + what;
  std::ranges::replace(key, ' ', '_');
  root.add(std::move(key), "Why these results compare only in part.", Quantity::Text, text);
}

StatisticNode configuration_table(std::span<const ComparedRun> runs, std::uint64_t& equal, std::uint64_t& different) {
  std::vector<std::map<std::string, std::string>> values;
  std::vector<std::string> keys;
  std::set<std::string> known;
  for (const ComparedRun& run : runs) {
    const auto all = configuration_keys(run.root);
    values.emplace_back(all.begin(), all.end());
    for (const auto& [key, value] : all)
      if (known.insert(key).second) keys.push_back(key);
  }
  const auto in_all = [&](const std::string& key) {
    return std::ranges::all_of(values, [&](const auto& one) { return one.contains(key); });
  };
  // A key that only some have is most often of a file that only these were given.
  std::ranges::stable_sort(keys, std::ranges::greater{}, in_all);
  StatisticNode table{"configuration", "What was configured differently", {}, {}, true};
  for (const std::string& key : keys) {
    if (in_all(key) &&
        std::ranges::all_of(values, [&](const auto& one) { return one.at(key) == values.front().at(key); })) {
      ++equal;
      continue;
    }
    if (++different > kMostKeys) continue;
    StatisticNode& row = table.add_child(key, key);
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (const auto found = values[i].find(key); found != values[i].end())
        row.add(runs[i].name, "The key's value in this run.", Quantity::Text, found->second);
  }
  return table;
}

}  // namespace

StatisticNode compare_results(std::span<const ComparedRun> runs, const std::string& baseline) {
  const std::vector<Machine> machines = machines_of(runs);
  const Machine& base = baseline_of(machines, baseline);
  std::uint64_t equal = 0;
  std::uint64_t different = 0;
  StatisticNode configuration = configuration_table(runs, equal, different);

  StatisticNode root{"results", "ternsim compare", {}, {}};
  root.add("runs", "Results compared.", Quantity::Count, static_cast<std::uint64_t>(runs.size()))
      .add("baseline", "The machine that the ratios are to.", Quantity::Text, base.name)
      .add("keys_equal", "Keys of the configuration with one value in all runs.", Quantity::Count, equal)
      .add("keys_different", "Keys with several values, or that not all runs have.", Quantity::Count, different);
  add_note(root, runs, "configuration", "model", "operators_hash", "models");
  add_note(root, runs, "configuration", "workload", "", "workloads");
  add_note(root, runs, "configuration", "technology", "constants_hash", "energy constants");
  add_note(root, runs, "run", "version", "commit", "versions of this program");
  for (const ComparedRun& run : runs)
    if (const std::string verdict = text_or(run.root.find_child("generation"), "identical", kIdentical);
        !verdict.starts_with(kIdentical))
      root.add("note_engines_of_" + run.name, "Why this result is not to be trusted.", Quantity::Text,
               fmt::format("the engines of {} disagree: {}", run.name, verdict));

  root.children.push_back(machines_table(machines, base));
  for (const auto& [name, title] : kPhases) {
    StatisticNode phase{name, title, {}, {}};
    StatisticNode figures = figures_table(machines, name);
    StatisticNode ratios = ratios_table(machines, figures, base);
    add_table(phase, std::move(figures));
    add_table(phase, std::move(ratios));
    add_table(phase, energy_table(machines, name));
    for (const auto& [unit, unit_title] : kUnits) add_unit(phase, machines, unit, unit_title);
    if (!phase.children.empty()) root.children.push_back(std::move(phase));
  }
  add_lacking(root);
  if (!configuration.children.empty()) root.children.push_back(std::move(configuration));
  return root;
}

}  // namespace ternsim::reports
