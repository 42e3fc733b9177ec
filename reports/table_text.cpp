#include "reports/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/wrapped_text.h"

namespace ternsim::reports {

namespace {

constexpr std::size_t kLeast = 30;

struct Column {
  std::string name;
  Quantity quantity = Quantity::Count;
  std::vector<std::string> heading;  ///< a line each
  std::size_t width = 1;
};

/// What a value of this quantity ends with in every row, and the heading therefore has.
std::string_view shared_unit(Quantity quantity) {
  switch (quantity) {
    case Quantity::TokensPerSecond:
      return " token/s";
    case Quantity::SquareMetres:
      return " mm2";
    case Quantity::JoulesPerToken:
      return "/token";
    default:
      return "";
  }
}

std::string cell(const StatisticNode& row, const Column& column) {
  const Statistic* s = row.find(column.name);
  if (s == nullptr) return "-";
  std::string text = printable_text(for_people(*s));
  const std::string_view unit = shared_unit(column.quantity);
  if (!unit.empty() && text.ends_with(unit)) text.erase(text.size() - unit.size());
  return text;
}

std::vector<std::string> heading_of(const Column& column) {
  std::string words = column.name;
  std::ranges::replace(words, '_', ' ');
  std::vector<std::string> lines;
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    if (!lines.empty() && lines.back().size() + 1 + word.size() <= column.width)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  if (column.quantity == Quantity::TokensPerSecond || column.quantity == Quantity::SquareMetres)
    lines.emplace_back(shared_unit(column.quantity).substr(1));
  return lines;
}

std::vector<Column> columns_of(const StatisticNode& node) {
  std::vector<Column> columns;
  for (const StatisticNode& row : node.children)
    for (const Statistic& s : row.statistics) {
      auto it = std::ranges::find(columns, s.name, &Column::name);
      if (it == columns.end()) it = columns.insert(columns.end(), Column{s.name, s.quantity, {}, 1});
      it->width = std::max(it->width, cell(row, *it).size());
    }
  for (Column& column : columns) {
    column.heading = heading_of(column);
    for (const std::string& line : column.heading) column.width = std::max(column.width, line.size());
  }
  return columns;
}

}  // namespace

std::string table_text(const StatisticNode& node) {
  if (node.children.empty()) return "";
  const std::vector<Column> columns = columns_of(node);
  std::size_t first = 1;
  std::size_t lines = 0;
  for (const StatisticNode& row : node.children) first = std::max(first, row.name.size());
  for (const Column& column : columns) lines = std::max(lines, column.heading.size());
  std::string out;
  const auto line = [&](std::string_view name, const auto& text_of) {
    std::string text = fmt::format("  {:<{}}", name, first);
    for (const Column& column : columns) {
      if (column.quantity != Quantity::Text)
        text += fmt::format(" {:>{}}", text_of(column), column.width);
      else if (&column == &columns.back())
        text += "  " + wrapped_text(text_of(column),
                                    std::max(kTerminalColumns - std::min(kTerminalColumns, text.size() + 2), kLeast),
                                    text.size() + 2);
      else
        text += fmt::format("  {:<{}}", text_of(column), column.width);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  // Headings end right above the figures.
  for (std::size_t i = 0; i < lines; ++i)
    line("", [&](const Column& column) {
      const std::size_t empty = lines - column.heading.size();
      return i < empty ? std::string() : column.heading[i - empty];
    });
  for (const StatisticNode& row : node.children)
    line(printable_text(row.name), [&](const Column& column) { return cell(row, column); });
  return out;
}

}  // namespace ternsim::reports
