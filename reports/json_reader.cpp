#include "reports/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/one_line.h"
#include "model/json_guard.h"
#include "reports/json_writer.h"
#include "reports/tree_check.h"

namespace ternsim::reports {

namespace {

using Json = nlohmann::json;

/// Where a reader is in the file, for messages.
struct Place {
  const std::string& origin;
  std::string path;

  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(one_line(fmt::format("{}: {}: {}", origin, path, message)));
  }
};

const Json& member(const Json& object, const char* key, Json::value_t type, const Place& place) {
  if (!object.is_object()) place.fail(fmt::format("an object expected, found {}", object.type_name()));
  const auto found = object.find(key);
  if (found == object.end()) place.fail(fmt::format("'{}' is missing", key));
  if (found->type() != type)
    place.fail(fmt::format("'{}' is {}, which it never is in a results file", key, found->type_name()));
  return *found;
}

std::string text_of(const Json& object, const char* key, const Place& place) {
  return member(object, key, Json::value_t::string, place).get<std::string>();
}

/// The enumerator of `Enum` up to `last` that `name_of` calls so.
template <typename Enum, typename Name>
std::optional<Enum> named(const std::string& name, Enum last, const Name& name_of_enum) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (name_of_enum(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  return std::nullopt;
}

Statistic statistic_of(const Json& json, const Place& parent) {
  Place place{parent.origin, parent.path};
  Statistic out;
  out.name = text_of(json, "name", place);
  place.path += "/" + out.name;
  out.description = text_of(json, "description", place);
  const std::string quantity = text_of(json, "quantity", place);
  const auto known = named(quantity, Quantity::MacsPerSecond, quantity_name);
  if (!known) place.fail(fmt::format("unknown quantity '{}'", quantity));
  out.quantity = *known;
  const std::string tier = text_of(json, "tier", place);
  const auto known_tier = named(tier, Tier::Assumed, [](Tier t) { return name_of(t); });
  if (!known_tier) place.fail(fmt::format("unknown tier '{}'", tier));
  out.tier = *known_tier;
  const auto value = json.find("value");
  if (value == json.end()) place.fail("'value' is missing");
  if (value->is_string() && out.quantity == Quantity::Text)
    out.value = value->get<std::string>();
  else if (value->is_number_unsigned() && out.quantity != Quantity::Text)
    out.value = value->get<std::uint64_t>();
  else if (value->is_number() && out.quantity != Quantity::Text)
    out.value = value->get<double>();
  else
    place.fail(fmt::format("'value' is {}, and the quantity is {}", value->type_name(), quantity));
  return out;
}

StatisticNode node_of(const Json& json, const Place& parent) {
  Place place{parent.origin, parent.path};
  StatisticNode out;
  out.name = text_of(json, "name", place);
  place.path += (place.path.empty() ? "" : "/") + out.name;
  out.title = text_of(json, "title", place);
  for (const Json& s : member(json, "statistics", Json::value_t::array, place))
    out.statistics.push_back(statistic_of(s, place));
  // The depth is that of the text, which parse_json has limited.
  for (const Json& child : member(json, "children", Json::value_t::array, place))
    out.children.push_back(node_of(child, place));
  return out;
}

}  // namespace

StatisticNode parse_results(std::string_view text, const std::string& origin) {
  const Json json = model::parse_json(text, origin);
  const Place top{origin, "top level"};
  const std::string schema = text_of(json, "schema", top);
  if (schema != "ternsim-results")
    top.fail(
        fmt::format("schema '{}'; a results file has 'ternsim-results': give one that --json or report wrote", schema));
  const auto version = json.find("schema_version");
  if (version == json.end() || !version->is_number_integer()) top.fail("'schema_version' is no whole number");
  if (*version != json_schema_version)
    top.fail(fmt::format("schema_version {}, and this program reads {}: write it once more with this program",
                         version->dump(), json_schema_version));
  const auto results = json.find("results");
  if (results == json.end()) top.fail("'results' is missing");
  StatisticNode root = node_of(*results, {origin, ""});
  try {
    check_tree(root);
  } catch (const MismatchError& e) {
    throw InputError(one_line(fmt::format("{}: {}", origin, e.what())));
  }
  return root;
}

StatisticNode read_results(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) throw InputError(fmt::format("{}: no such file", path.string()));
  if (std::filesystem::is_directory(path, ec)) return read_results(path / "results.json");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: cannot be read", path.string()));
  // A pipe has no size to ask for: one byte too many is enough to know.
  std::string text(model::JsonLimits{}.bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_results(text, path.string());
}

}  // namespace ternsim::reports
