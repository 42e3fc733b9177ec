#include "reports/sweep_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/clean_text.h"

namespace ternsim::reports {

namespace {

using Row = std::vector<std::string>;

std::string show(const StatisticNode& node, std::string_view name) {
  const Statistic* s = node.find(name);
  return s == nullptr ? "-" : printable_text(for_people(*s));
}

/// Settings are texts, and no figure is; the command line is a text, but no setting.
bool is_setting(const Statistic& s) { return s.quantity == Quantity::Text && s.name != "command"; }

std::vector<std::string> setting_names(const StatisticNode& front) {
  std::vector<std::string> names;
  for (const StatisticNode& design : front.children)
    for (const Statistic& s : design.statistics)
      if (is_setting(s) && std::ranges::find(names, s.name) == names.end()) names.push_back(s.name);
  return names;
}

/// "matrix_unit.rows" as "rows" where no other column is called so.
Row headings(const std::vector<std::string>& names) {
  std::multiset<std::string> last_parts;
  const auto last_part = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
  for (const std::string& name : names) last_parts.insert(last_part(name));
  Row row{"tokens/s", "mJ/token (low ... high)", "mm2"};
  for (const std::string& name : names) row.push_back(last_parts.count(last_part(name)) == 1 ? last_part(name) : name);
  return row;
}

std::string without_unit(std::string text) {
  if (const std::size_t space = text.rfind(' '); space != std::string::npos) text.erase(space);
  return text;
}

double number(const StatisticNode& node, std::string_view name) {
  const Statistic* s = node.find(name);
  const double* value = s == nullptr ? nullptr : std::get_if<double>(&s->value);
  return value == nullptr ? 0 : *value;
}

Row design_row(const StatisticNode& design, const std::vector<std::string>& names) {
  Row row{without_unit(show(design, "tokens_per_second")),
          fmt::format("{:.4g} ({:.4g} ... {:.4g})", 1e3 * number(design, "joules_per_token_mid"),
                      1e3 * number(design, "joules_per_token_low"), 1e3 * number(design, "joules_per_token_high")),
          without_unit(show(design, "area_m2"))};
  for (const std::string& name : names) row.push_back(show(design, name));
  return row;
}

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out += fmt::format("  {:>{}}", row[i], widths[i]);
    out += '\n';
  }
  return out;
}

}  // namespace

std::string sweep_text(const StatisticNode& root, std::size_t rows) {
  std::string out;
  if (const StatisticNode* sweep = root.find_child("sweep"))
    out += fmt::format("{}: {} of {} designs, {}\n", printable_text(sweep->title), show(*sweep, "method"),
                       show(*sweep, "designs"), show(*sweep, "axes"));
  if (const StatisticNode* computed = root.find_child("computed")) {
    out += fmt::format("{} designs; {} computed now in {}, {} of them failed", show(*computed, "planned"),
                       show(*computed, "computed"), show(*computed, "sweep_seconds"), show(*computed, "failed"));
    if (computed->find("points_per_hour_per_process") != nullptr)
      out += fmt::format("; {} points an hour and process, {} an hour of a core's time",
                         show(*computed, "points_per_hour_per_process"), show(*computed, "points_per_core_hour"));
    out += '\n';
  }
  const StatisticNode& front = *root.find_child("front");
  out += fmt::format("front: {} of {} candidates; {} outside of the constraints, {} failed\n", show(front, "members"),
                     show(front, "candidates"), show(front, "outside"), show(front, "failed"));
  if (front.children.empty() || rows == 0) return out;
  const std::vector<std::string> names = setting_names(front);
  const std::size_t all = front.children.size();
  const std::size_t shown = std::min(rows, all);
  std::vector<Row> lines{headings(names)};
  for (std::size_t i = 0; i < shown; ++i)
    lines.push_back(design_row(front.children[shown == 1 ? 0 : i * (all - 1) / (shown - 1)], names));
  out += '\n' + table(lines);
  if (shown < all) out += fmt::format("  {} of {} shown, spread evenly; --json has all\n", shown, all);
  out += fmt::format("\nthe first again: {}\n", show(front.children.front(), "command"));
  return out;
}

}  // namespace ternsim::reports
