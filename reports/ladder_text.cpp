#include "reports/ladder_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/table_text.h"

namespace ternsim::reports {

namespace {

constexpr int kBarCells = 31;  // odd: the middle one is the value with every constant at mid

std::string show(const StatisticNode& node, std::string_view name) {
  const Statistic* s = node.find(name);
  return s == nullptr ? "-" : printable_text(for_people(*s));
}
/// The same of an energy a token, without "/token": the table's heading says it.
std::string energy(const StatisticNode& node, std::string_view name) {
  std::string text = show(node, name);
  if (constexpr std::string_view unit = "/token"; text.ends_with(unit)) text.erase(text.size() - unit.size());
  return text;
}
double number(const StatisticNode& node, std::string_view name) {
  const Statistic* s = node.find(name);
  const double* value = s == nullptr ? nullptr : std::get_if<double>(&s->value);
  return value == nullptr ? 0 : *value;
}

std::string rung_headings() {
  std::string out = fmt::format("  {:<17}", "");
  for (const char* heading : {"bare", "true", "+ SRAM", "+ other", "+ KV,", "+ leak-"})
    out += fmt::format("{:>10}", heading);
  out += fmt::format("\n  {:<17}", "");
  for (const char* heading : {"operations", "widths", "", "units", "DRAM", "age"})
    out += fmt::format("{:>10}", heading);
  return out + '\n';
}

std::string rungs_table(const StatisticNode& phase) {
  const StatisticNode* first = phase.children.front().find_child("ladder");
  std::string out = rung_headings();
  for (const StatisticNode& machine : phase.children) {
    out += fmt::format("  {:<17}", machine.name);
    for (const StatisticNode& rung : machine.find_child("ladder")->children)
      out += fmt::format("{:>10}", energy(rung, "joules_per_token_mid"));
    out += '\n';
  }
  out += fmt::format("  {:<17}", "tier (" + phase.children.front().name + ")");
  for (const StatisticNode& rung : first->children) out += fmt::format("{:>10}", show(rung, "tier").substr(0, 9));
  return out + '\n';
}

/// How many times the first machine's energy the others take, rung by rung.
std::string ratios_table(const StatisticNode& phase) {
  if (phase.children.size() < 2) return "";
  std::string out = fmt::format("  over {}, rung by rung\n", phase.children.front().name) + rung_headings();
  for (std::size_t i = 1; i < phase.children.size(); ++i) {
    out += fmt::format("  {:<17}", phase.children[i].name);
    for (const StatisticNode& rung : phase.children[i].find_child("ladder")->children)
      out += fmt::format("{:>10}", show(rung, "ratio"));
    out += '\n';
  }
  return out + '\n';
}

/// Parts as rows: there are more of them than a terminal has columns for.
std::string areas_table(const StatisticNode& phase) {
  static constexpr std::string_view kUnit = " mm2";
  std::vector<std::string> parts;
  for (const StatisticNode& machine : phase.children)
    for (const StatisticNode& part : machine.find_child("area")->children)
      if (std::ranges::find(parts, part.name) == parts.end()) parts.push_back(part.name);
  const auto area = [](const StatisticNode* part) {
    std::string text = part == nullptr ? "-" : show(*part, "square_metres");
    if (text.ends_with(kUnit)) text.erase(text.size() - kUnit.size());
    return text;
  };
  std::string out = fmt::format("  {:<15}", "mm2 by part");
  std::string second = fmt::format("  {:<15}", "");
  for (const StatisticNode& machine : phase.children) {
    const std::size_t condition = machine.name.find('_');
    out += fmt::format("{:>9}", machine.name.substr(0, condition));
    second += fmt::format("{:>9}", machine.name.ends_with("_equal_speed")  ? "= speed"
                                   : machine.name.ends_with("_equal_area") ? "= area"
                                                                           : "");
  }
  out += '\n' + second.substr(0, second.find_last_not_of(' ') + 1) + '\n';
  for (const std::string& part : parts) {
    const std::string name = part.ends_with("_sram") ? part.substr(0, part.size() - 5) + " RAM" : part;
    out += fmt::format("  {:<15}", name == "resident_weights" ? "resident" : name);
    for (const StatisticNode& machine : phase.children)
      out += fmt::format("{:>9}", area(machine.find_child("area")->find_child(part)));
    out += '\n';
  }
  return out;
}

std::string sizes_table(const StatisticNode& phase) {
  std::string out = fmt::format("  {:<17} {:>14} {:>9} {:>8} {:>23}\n", "", "rate", "area", "floor", "low ... high");
  for (const StatisticNode& machine : phase.children) {
    const StatisticNode& ladder = *machine.find_child("ladder");
    const StatisticNode& last = ladder.children.back();
    out += fmt::format(
        "  {:<17} {:>14} {:>9} {:>8} {:>23}\n", machine.name, show(machine, "tokens_per_second"),
        show(machine, "area_m2"), energy(ladder, "floor_joules_per_token_mid"),
        fmt::format("{} ... {}", energy(last, "joules_per_token_low"), energy(last, "joules_per_token_high")));
  }
  out += "  low ... high: all constants at one end; the floor's is mid, like the rungs\n";
  for (const StatisticNode& machine : phase.children)
    if (&machine != &phase.children.front())
      out += fmt::format("  {:<17} {}\n", machine.name, printable_text(machine.title));
  if (const Statistic* note = phase.children.front().find("energy_note"); note != nullptr)
    out += fmt::format("  note: {}\n", printable_text(for_people(*note)));
  return out;
}

/// A bar from `low` to `high` around `mid`, on an axis that reaches `reach` to both sides.
std::string bar(double low, double mid, double high, double reach) {
  constexpr int kMiddle = kBarCells / 2;
  const auto cell = [&](double value) {
    return std::clamp(kMiddle + static_cast<int>(std::lround((value - mid) / reach * kMiddle)), 0, kBarCells - 1);
  };
  std::string cells(kBarCells, ' ');
  const int from = std::min(cell(low), cell(high));
  const int to = std::max(cell(low), cell(high));
  for (int i = from; i <= to; ++i) cells[static_cast<std::size_t>(i)] = '=';
  cells[kMiddle] = '|';
  return cells;
}

std::string tornado(const StatisticNode& machine) {
  const StatisticNode& node = *machine.find_child("sensitivity");
  if (node.children.empty()) return "";
  const double mid = number(node, "joules_per_token_mid");
  double reach = 0;
  for (const StatisticNode& c : node.children)
    for (const char* end : {"joules_per_token_low", "joules_per_token_high"})
      reach = std::max(reach, std::abs(number(c, end) - mid));
  std::string out = fmt::format("  {}: each uncertain constant alone, J/token around {}\n", machine.name,
                                energy(node, "joules_per_token_mid"));
  for (const StatisticNode& c : node.children)
    out += fmt::format("  {:<20}{:>10} {} {}\n", c.name, energy(c, "joules_per_token_low"),
                       bar(number(c, "joules_per_token_low"), mid, number(c, "joules_per_token_high"), reach),
                       energy(c, "joules_per_token_high"));
  return out;
}

}  // namespace

std::string ladder_text(const StatisticNode& ladders) {
  std::string out;
  for (const StatisticNode& phase : ladders.children) {
    if (phase.children.empty()) continue;
    out += fmt::format("{}: energy per token, constants at mid; each rung holds those before it\n\n{}\n{}{}\n{}\n{}\n",
                       printable_text(phase.title), rungs_table(phase), ratios_table(phase), sizes_table(phase),
                       areas_table(phase), tornado(phase.children.front()));
  }
  for (const Statistic& s : ladders.statistics)
    if (s.name.starts_with("missing_")) out += fmt::format("not shown: {}\n", printable_text(for_people(s)));
  return out;
}

std::string ladder_table_text(const StatisticNode& tables) {
  std::string out;
  for (const Statistic& s : tables.statistics) out += fmt::format("{}: {}\n", s.name, printable_text(for_people(s)));
  for (const StatisticNode& one : tables.children)
    for (const StatisticNode& table : one.children)
      out += fmt::format("\n{}: {}\n{}", printable_text(one.title), printable_text(table.title), table_text(table));
  return out;
}

}  // namespace ternsim::reports
