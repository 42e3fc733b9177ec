#include "reports/markdown_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/tree_check.h"

namespace ternsim::reports {

namespace {

/// One line of inline text: what would end a cell or begin markup is escaped.
std::string inline_text(std::string_view text) {
  std::string out;
  for (const char c : printable_text(text)) {
    if (std::string_view("|<*`\\").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string words(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '_', ' ');
  return inline_text(out);
}

std::string with_tier(std::string text, Tier tier) {
  return tier == Tier::Exact ? text : fmt::format("{} ({})", text, name_of(tier));
}

std::string value_of(const Statistic& statistic) { return inline_text(for_people(statistic)); }

std::vector<std::string> columns_of(const StatisticNode& node) {
  std::vector<std::string> columns;
  for (const StatisticNode& child : node.children)
    for (const Statistic& s : child.statistics)
      if (std::ranges::find(columns, s.name) == columns.end()) columns.push_back(s.name);
  return columns;
}

/// The tier that all rows of a column share.
std::optional<Tier> tier_of(const StatisticNode& node, const std::string& column) {
  std::optional<Tier> shared;
  for (const StatisticNode& child : node.children) {
    const Statistic* s = child.find(column);
    if (s == nullptr) continue;
    if (shared && *shared != s->tier) return std::nullopt;
    shared = s->tier;
  }
  return shared;
}

void write_table(const StatisticNode& node, std::string& out) {
  const std::vector<std::string> columns = columns_of(node);
  out += "| |";
  for (const std::string& column : columns) {
    const std::optional<Tier> tier = tier_of(node, column);
    const bool says_itself = tier && column == name_of(*tier);
    out += fmt::format(" {} |", tier && !says_itself ? with_tier(words(column), *tier) : words(column));
  }
  out += "\n|---|";
  for (std::size_t i = 0; i < columns.size(); ++i) out += "---|";
  out += '\n';
  for (const StatisticNode& child : node.children) {
    out += fmt::format("| {} |", inline_text(child.name));
    for (const std::string& column : columns) {
      const Statistic* s = child.find(column);
      if (s == nullptr)
        out += " - |";
      else
        out += fmt::format(" {} |", tier_of(node, column) ? value_of(*s) : with_tier(value_of(*s), s->tier));
    }
    out += '\n';
  }
  out += '\n';
}

void write_node(const StatisticNode& node, std::size_t level, std::string& out) {
  out += fmt::format("{} {}\n\n", std::string(level, '#'), inline_text(node.title.empty() ? node.name : node.title));
  for (const Statistic& s : node.statistics)
    out += fmt::format("- **{}**: {}\n", words(s.name), with_tier(value_of(s), s.tier));
  if (!node.statistics.empty()) out += '\n';
  const bool flat = std::ranges::all_of(node.children, [](const StatisticNode& c) { return c.children.empty(); });
  if (node.tabular && flat && !node.children.empty()) return write_table(node, out);
  for (const StatisticNode& child : node.children) write_node(child, level + 1, out);
}

}  // namespace

std::string markdown_report(const StatisticNode& root, const std::string& written_by) {
  check_tree(root);
  std::string out = fmt::format("<!-- Written by {}: change what it reads, not this file. -->\n\n", written_by);
  write_node(root, 1, out);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace ternsim::reports
