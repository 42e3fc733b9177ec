#include "reports/sweep_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/block_table.h"
#include "reports/clean_text.h"
#include "reports/cut_text.h"
#include "reports/wrapped_text.h"

namespace ternsim::reports {

namespace {

constexpr std::size_t kWidest = 40;  // a setting may be the path of a file

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

/// A name in lines of at most `width` characters, if its words are not longer: broken behind '_' and '.'.
std::string in_lines(const std::string& name, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find_first_of("_.", begin), name.size() - 1) + 1;
    if (used > 0 && used + (end - begin) > width) {
      out += '\n';
      used = 0;
    }
    out += name.substr(begin, end - begin);
    used += end - begin;
    begin = end;
  }
  return out;
}

/// "matrix_unit.rows" as "rows" where no other column is called so.
std::vector<std::string> short_names(const std::vector<std::string>& names) {
  std::multiset<std::string> last_parts;
  const auto last_part = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
  for (const std::string& name : names) last_parts.insert(last_part(name));
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(last_parts.count(last_part(name)) == 1 ? last_part(name) : name);
  return out;
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

/// Figures and settings of designs, a line each; settings that are the same in all stand above the table.
std::string designs_table(const std::vector<const StatisticNode*>& designs, const std::vector<std::string>& names) {
  BlockTable table{"#", {"tokens/s", "mJ/token (low ... high)", "mm2"}, {}};
  for (const StatisticNode* design : designs)
    table.lines.push_back(
        {fmt::format("{}", table.lines.size() + 1),
         "",
         {without_unit(show(*design, "tokens_per_second")),
          fmt::format("{:.4g} ({:.4g} ... {:.4g})", 1e3 * number(*design, "joules_per_token_mid"),
                      1e3 * number(*design, "joules_per_token_low"), 1e3 * number(*design, "joules_per_token_high")),
          without_unit(show(*design, "area_m2"))}});
  const std::vector<std::string> headings = short_names(names);
  std::string in_all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::size_t width = 0;
    std::set<std::string> values;
    for (const StatisticNode* design : designs) {
      values.insert(show(*design, names[i]));
      width = std::max(width, values.find(show(*design, names[i]))->size());
    }
    if (designs.size() > 1 && values.size() == 1) {
      in_all += fmt::format("{}{}={}", in_all.empty() ? "" : ", ", names[i], *values.begin());
      continue;
    }
    table.columns.push_back(in_lines(headings[i], width));
    for (std::size_t d = 0; d < designs.size(); ++d)
      table.lines[d].cells.push_back(cut(show(*designs[d], names[i]), kWidest, true));
  }
  return (in_all.empty() ? "" : wrapped_text("in all rows: " + in_all, kTerminalColumns - 2, 2) + '\n') +
         block_table(table);
}

/// A command in lines that each end in a backslash but the last, broken in front of options outside of quotes.
std::string command_lines(const std::string& command) {
  std::string out;
  std::string line;
  bool quoted = false;
  std::size_t last = 0;
  const auto take = [&](std::size_t end) {
    if (!line.empty() && line.size() + (end - last) > kTerminalColumns - 4) {
      out += line + " \\\n";
      line = "     ";
    }
    line += command.substr(last, end - last);
    last = end;
  };
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (command[i] == '\'') quoted = !quoted;
    if (!quoted && command[i] == '\\') ++i;  // and what it stands in front of
    if (!quoted && command.compare(i, 3, " --") == 0) take(i);
  }
  take(command.size());
  return out + line;
}

}  // namespace

std::string sweep_text(const StatisticNode& root, std::size_t rows) {
  std::string out;
  if (const StatisticNode* sweep = root.find_child("sweep"))
    out += wrapped_text(fmt::format("{}: {} of {} designs, {}", printable_text(sweep->title), show(*sweep, "method"),
                                    show(*sweep, "designs"), show(*sweep, "axes")),
                        kTerminalColumns - 2, 2) +
           '\n';
  if (const StatisticNode* computed = root.find_child("computed")) {
    std::string line =
        fmt::format("{} designs; {} computed now in {}, {} of them failed", show(*computed, "planned"),
                    show(*computed, "computed"), show(*computed, "sweep_seconds"), show(*computed, "failed"));
    if (computed->find("points_per_hour_per_process") != nullptr)
      line += fmt::format("; {} points an hour and process, {} an hour of a core's time",
                          show(*computed, "points_per_hour_per_process"), show(*computed, "points_per_core_hour"));
    out += wrapped_text(line, kTerminalColumns - 2, 2) + '\n';
  }
  const StatisticNode& front = *root.find_child("front");
  out += fmt::format("front: {} of {} candidates; {} outside of the constraints, {} failed\n", show(front, "members"),
                     show(front, "candidates"), show(front, "outside"), show(front, "failed"));
  if (front.children.empty() || rows == 0) return out;
  const std::vector<std::string> names = setting_names(front);
  const std::size_t all = front.children.size();
  const std::size_t shown = std::min(rows, all);
  std::vector<const StatisticNode*> designs;
  for (std::size_t i = 0; i < shown; ++i)
    designs.push_back(&front.children[shown == 1 ? 0 : i * (all - 1) / (shown - 1)]);
  out += designs_table(designs, names);
  if (shown < all) out += fmt::format("  {} of {} shown, spread evenly; --json has all\n", shown, all);
  out += fmt::format("\nthe first again:\n  {}\n", command_lines(show(front.children.front(), "command")));
  return out;
}

}  // namespace ternsim::reports
