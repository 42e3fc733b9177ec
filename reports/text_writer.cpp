#include "reports/text_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/tree_check.h"

namespace ternsim::reports {

namespace {

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The first `columns` characters, with an ellipsis in the place of the last one when something is cut off.
std::string shortened(std::string_view utf8, std::size_t columns) {
  if (count_characters(utf8) <= columns) return std::string(utf8);
  std::size_t end = 0;
  for (std::size_t seen = 0; end < utf8.size(); ++end)
    if ((utf8[end] & 0xC0) != 0x80 && ++seen == std::max<std::size_t>(columns, 1)) break;
  return std::string(utf8.substr(0, end)) + "…";
}

std::vector<std::string> shown_lines(std::string_view text, const TextLimits& limits) {
  std::vector<std::string_view> lines;
  while (text.ends_with('\n')) text.remove_suffix(1);
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(lines.size(), limits.lines); ++i)
    out.push_back(shortened(lines[i], limits.columns));
  if (lines.size() > limits.lines) out.push_back(fmt::format("… {} more lines", lines.size() - limits.lines));
  return out;
}

void write_statistics(const StatisticNode& node, const std::string& indent, const TextLimits& limits,
                      std::string& out) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const Statistic& statistic : node.statistics) {
    name_width = std::max(name_width, count_characters(statistic.name));
    if (!std::holds_alternative<std::string>(statistic.value))
      value_width = std::max(value_width, count_characters(for_people(statistic)));
  }
  for (const Statistic& statistic : node.statistics) {
    const std::string name = printable_text(statistic.name);
    const auto* text = std::get_if<std::string>(&statistic.value);
    if (text == nullptr) {
      out += fmt::format("{}{:<{}}  {:>{}}  {}\n", indent, name, name_width, for_people(statistic), value_width,
                         name_of(statistic.tier));
      continue;
    }
    const std::vector<std::string> lines = shown_lines(printable_text(*text), limits);
    if (lines.size() == 1) {
      // A number may come as text (a constant with its source); then its tier says something.
      const std::string tier = statistic.tier == Tier::Exact ? "" : fmt::format("  {}", name_of(statistic.tier));
      out += fmt::format("{}{:<{}}  {}{}\n", indent, name, name_width, lines.front(), tier);
    } else {
      out += fmt::format("{}{}:\n", indent, name);
      for (const std::string& line : lines) out += fmt::format("{}  | {}\n", indent, line);
    }
  }
}

/// The children's statistics that are one line each, in an order that keeps that of every child where they agree.
std::vector<std::string> columns_of(const StatisticNode& node) {
  std::vector<std::string> columns;
  for (const StatisticNode& child : node.children) {
    auto after = columns.begin();
    for (const Statistic& statistic : child.statistics) {
      const auto known = std::ranges::find(columns, statistic.name);
      after = (known != columns.end() ? known : columns.insert(after, statistic.name)) + 1;
    }
  }
  return columns;
}

/// Columns say by their names what they count in.
std::string table_cell(const Statistic& statistic, const TextLimits& limits) {
  std::string text = for_people(statistic);
  if (constexpr std::string_view unit = " cycles"; statistic.quantity == Quantity::Cycles && text.ends_with(unit))
    text.erase(text.size() - unit.size());
  return shown_lines(printable_text(text), limits).front();
}

/// One row per child, right-aligned, "-" where it lacks a statistic.
void write_table(const StatisticNode& node, const std::string& indent, const TextLimits& limits, std::string& out) {
  std::vector<std::vector<std::string>> cells{{""}};
  for (const std::string& column : columns_of(node)) cells.front().push_back(printable_text(column));
  for (const StatisticNode& child : node.children) {
    std::vector<std::string>& row = cells.emplace_back();
    row.push_back(shown_lines(printable_text(child.name), limits).front());
    for (const std::string& column : columns_of(node)) {
      const Statistic* statistic = child.find(column);
      row.push_back(statistic == nullptr ? "-" : table_cell(*statistic, limits));
    }
  }
  std::vector<std::size_t> widths(cells.front().size(), 0);
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], count_characters(row[i]));
  for (const auto& row : cells) {
    out += fmt::format("{}{:<{}}", indent, row.front(), widths.front());
    for (std::size_t i = 1; i < row.size(); ++i) out += fmt::format("  {:>{}}", row[i], widths[i]);
    out += '\n';
  }
}

void write_node(const StatisticNode& node, const std::string& indent, const TextLimits& limits, std::string& out) {
  out += node.title.empty() ? fmt::format("{}{}\n", indent, printable_text(node.name))
                            : fmt::format("{}{} [{}]\n", indent, printable_text(node.title), printable_text(node.name));
  write_statistics(node, indent + "    ", limits, out);
  const bool flat = std::ranges::all_of(node.children, [](const StatisticNode& c) { return c.children.empty(); });
  if (node.tabular && flat && !node.children.empty()) return write_table(node, indent + "    ", limits, out);
  for (const StatisticNode& child : node.children) write_node(child, indent + "  ", limits, out);
}

}  // namespace

std::string text_report(const StatisticNode& root, const TextLimits& limits) {
  check_tree(root);
  std::string out;
  write_node(root, "", limits, out);
  return out;
}

}  // namespace ternsim::reports
