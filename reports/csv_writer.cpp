#include "reports/csv_writer.h"

#include <fmt/format.h>

#include <charconv>

#include "reports/clean_text.h"
#include "reports/tree_check.h"

namespace ternsim::reports {

namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string text_field(std::string_view text) {
  std::string clean = valid_utf8(text);
  constexpr std::string_view formula_starts = "=+-@\t\r";
  if (!clean.empty() && formula_starts.find(clean.front()) != std::string_view::npos && !is_number(clean))
    clean.insert(clean.begin(), '\'');
  return csv_field(clean);
}

std::string value_field(const Statistic& statistic) {
  if (const auto* text = std::get_if<std::string>(&statistic.value)) return text_field(*text);
  if (const auto* count = std::get_if<std::uint64_t>(&statistic.value)) return fmt::format("{}", *count);
  return fmt::format("{}", std::get<double>(statistic.value));
}

void write_node(const StatisticNode& node, const std::string& path, std::string& out) {
  for (const Statistic& statistic : node.statistics)
    out +=
        fmt::format("{},{},{},{},{},{}\r\n", text_field(path), text_field(statistic.name), value_field(statistic),
                    csv_field(unit_of(statistic.quantity)), name_of(statistic.tier), text_field(statistic.description));
  for (const StatisticNode& child : node.children) write_node(child, path + "/" + child.name, out);
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string csv_report(const StatisticNode& root) {
  check_tree(root);
  std::string out = "path,name,value,unit,tier,description\r\n";
  write_node(root, root.name, out);
  return out;
}

}  // namespace ternsim::reports
