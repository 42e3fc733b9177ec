#include "reports/json_writer.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/tree_check.h"

namespace ternsim::reports {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Statistic& statistic, bool with_shown) {
  Json out;
  out["name"] = valid_utf8(statistic.name);
  out["description"] = valid_utf8(statistic.description);
  out["quantity"] = quantity_name(statistic.quantity);
  out["unit"] = unit_of(statistic.quantity);
  if (const auto* text = std::get_if<std::string>(&statistic.value))
    out["value"] = valid_utf8(*text);
  else if (const auto* count = std::get_if<std::uint64_t>(&statistic.value))
    out["value"] = *count;
  else
    out["value"] = std::get<double>(statistic.value);
  out["tier"] = name_of(statistic.tier);
  // Text is shown as it is: repeating it would double the page's longest values.
  if (with_shown && !std::holds_alternative<std::string>(statistic.value)) out["shown"] = for_people(statistic);
  return out;
}

Json to_json(const StatisticNode& node, bool with_shown) {
  Json out;
  out["name"] = valid_utf8(node.name);
  out["title"] = valid_utf8(node.title);
  out["statistics"] = Json::array();
  for (const Statistic& statistic : node.statistics) out["statistics"].push_back(to_json(statistic, with_shown));
  out["children"] = Json::array();
  for (const StatisticNode& child : node.children) out["children"].push_back(to_json(child, with_shown));
  return out;
}

Json document(const StatisticNode& root, bool with_shown) {
  check_tree(root);
  Json out;
  out["schema"] = "ternsim-results";
  out["schema_version"] = json_schema_version;
  out["results"] = to_json(root, with_shown);
  return out;
}

}  // namespace

std::string_view quantity_name(Quantity quantity) {
  static constexpr std::array<std::string_view, 18> names{"count",
                                                          "cycles",
                                                          "bytes",
                                                          "bytes_per_second",
                                                          "seconds",
                                                          "hertz",
                                                          "joules",
                                                          "watts",
                                                          "square_metres",
                                                          "ratio",
                                                          "tokens_per_second",
                                                          "joules_per_token",
                                                          "bits_per_byte",
                                                          "text",
                                                          "joules_per_bit",
                                                          "watts_per_square_metre",
                                                          "square_metres_per_bit",
                                                          "macs_per_second"};
  static_assert(names.size() == static_cast<std::size_t>(Quantity::MacsPerSecond) + 1);
  return names.at(static_cast<std::size_t>(quantity));
}

std::string json_report(const StatisticNode& root) { return document(root, false).dump(2) + "\n"; }

std::string json_for_page(const StatisticNode& root) {
  const std::string plain = document(root, true).dump();
  // Outside of strings JSON has none of these characters, so replacing bytes is enough.
  std::string out;
  out.reserve(plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const std::string_view rest = std::string_view(plain).substr(i, 3);
    if (plain[i] == '<') {
      out += "\\u003c";
    } else if (plain[i] == '>') {
      out += "\\u003e";
    } else if (plain[i] == '&') {
      out += "\\u0026";
    } else if (rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9") {
      out += rest.back() == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += plain[i];
    }
  }
  return out;
}

}  // namespace ternsim::reports
