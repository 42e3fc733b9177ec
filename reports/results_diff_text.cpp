#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/cut_text.h"
#include "reports/results_diff.h"
#include "reports/tree_check.h"
#include "reports/wrapped_text.h"

namespace ternsim::reports {

namespace {

// 2 + 44 + 2 + 17 + 2 + 17 + 2 + 10: within the 100 columns that results have on a terminal.
constexpr std::size_t kName = 44;
constexpr std::size_t kValue = 17;
constexpr std::size_t kWord = 24;

std::string shown(const StatisticNode& row, std::string_view name, std::size_t columns) {
  const Statistic* s = row.find(name);
  return s == nullptr ? "-" : cut(for_people(*s), columns, false);
}

std::string percent(const StatisticNode& row, std::string_view name) {
  const Statistic* s = row.find(name);
  const auto* value = s == nullptr ? nullptr : std::get_if<double>(&s->value);
  if (value == nullptr) return "-";
  if (std::abs(*value) >= 1e6) return fmt::format("{:+.2g} x", *value);
  if (std::abs(*value) >= 100) return fmt::format("{:+.0f} x", *value);
  return fmt::format("{:+.2f} %", 100 * *value);
}

void write_rows(const StatisticNode& node, std::string_view last, std::string& out) {
  out += fmt::format("  {:<{}}  {:>{}}  {:>{}}  {:>10}\n", "", kName, "a", kValue, "b", kValue,
                     last == "share" ? "share" : "change");
  for (const StatisticNode& row : node.children)
    out += fmt::format("  {:<{}}  {:>{}}  {:>{}}  {:>10}\n", cut(row.name, kName, true), kName, shown(row, "a", kValue),
                       kValue, shown(row, "b", kValue), kValue, percent(row, last));
}

/// Two texts, each from where they begin to differ if it is too long as a whole.
void write_words(const StatisticNode& node, std::string& out) {
  for (const StatisticNode& row : node.children) {
    const auto text = [&](std::string_view name) -> std::string {
      const Statistic* s = row.find(name);
      if (s == nullptr) return "-";
      const std::string value = for_people(*s);
      return value.empty() ? "(empty)" : value;
    };
    const std::string a = text("a");
    const std::string b = text("b");
    const std::string& longer = a.size() < b.size() ? b : a;
    auto same = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    while (same > 0 && longer[same] != ' ') --same;
    const auto from = [&](const std::string& t) {
      return characters(t) <= kWord || same == 0 || same >= t.size() ? t : "…" + t.substr(same);
    };
    out += fmt::format("  {:<{}}  {:<{}}  {}\n", cut(row.name, kName, true), kName, cut(from(a), kWord, false), kWord,
                       cut(from(b), kWord, false));
  }
}

void write_section(const StatisticNode& node, std::string& out) {
  if (node.children.empty()) return;
  out += fmt::format("\n{}\n", printable_text(node.title));
  if (node.name == "configuration" || node.name == "texts") {
    write_words(node, out);
  } else if (node.name == "missing") {
    for (const StatisticNode& row : node.children)
      out += fmt::format("  {:<{}}  only in {}\n", cut(row.name, kName, true), kName, shown(row, "only_in", 1));
  } else if (node.name == "reasons") {
    for (const StatisticNode& reason : node.children) {
      const std::string text = printable_text(for_people(*reason.find("reason")));
      out += fmt::format("  {}\n    {}\n", cut(reason.name, kTerminalColumns - 2, true),
                         wrapped_text(text, kTerminalColumns - 4, 4));
      write_rows(reason, "share", out);
    }
  } else {
    write_rows(node, "relative_change", out);
    if (const Statistic* more = node.find("left_out")) out += fmt::format("  and {} smaller ones\n", for_people(*more));
  }
}

}  // namespace

std::string diff_text(const StatisticNode& diff) {
  check_tree(diff);
  std::string out = fmt::format("a: {}\nb: {}\n", cut(for_people(*diff.find("a")), kTerminalColumns - 3, true),
                                cut(for_people(*diff.find("b")), kTerminalColumns - 3, true));
  const auto count = [&](std::string_view name) { return for_people(*diff.find(name)); };
  if (equal_results(diff))
    out += fmt::format("equal: the configuration and {} figures\n", count("figures_compared"));
  else
    out += fmt::format("{} keys of the configuration and {} of {} figures differ; {} only in a, {} only in b\n",
                       count("configuration_changes"), count("figures_changed"), count("figures_compared"),
                       count("only_in_a"), count("only_in_b"));
  for (const StatisticNode& section : diff.children) write_section(section, out);
  return out;
}

}  // namespace ternsim::reports
