#include "reports/configuration_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/quantity.h"
#include "base/yaml.h"

namespace ternsim::reports {

namespace {

constexpr std::string_view kYaml = "_yaml";
constexpr std::string_view kOverride = "# in place of the above: ";  // as YamlMap::source() writes one

/// Keys in the order in which they came first, each with its last value.
struct Keys {
  std::vector<std::pair<std::string, std::string>> list;
  std::map<std::string, std::size_t> index;

  /// A key that could not be a node's name is made one: the files come from anywhere.
  void put(std::string key, std::string value) {
    std::ranges::replace_if(
        key, [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    const auto [at, fresh] = index.emplace(key, list.size());
    if (fresh)
      list.emplace_back(key, std::move(value));
    else
      list[at->second].second = std::move(value);
  }
};

void flatten(YamlMap map, const std::string& prefix, Keys& keys) {
  for (const std::string& key : map.keys()) {
    const std::string path = prefix + "." + key;
    if (map.is_map(key)) {
      flatten(map.map(key), path, keys);
    } else if (map.is_list(key)) {
      std::vector<YamlMap> items;
      try {
        items = map.maps(key);
      } catch (const InputError&) {
        keys.put(path, fmt::format("{}", fmt::join(map.texts(key), ", ")));
      }
      for (std::size_t i = 0; i < items.size(); ++i) flatten(items[i], fmt::format("{}[{}]", path, i), keys);
    } else {
      keys.put(path, map.is_null(key) ? "null" : map.text(key));
    }
  }
}

Keys keys_of_yaml(const std::string& text, const std::string& prefix) {
  Keys keys;
  flatten(YamlMap::parse(text, prefix), prefix, keys);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(kOverride)) continue;
    const std::string given = line.substr(kOverride.size());
    if (const std::size_t colon = given.find(": "); colon != std::string::npos)
      keys.put(prefix + "." + given.substr(0, colon), given.substr(colon + 2));
  }
  return keys;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> configuration_keys(const StatisticNode& root) {
  Keys keys;
  const StatisticNode* node = root.find_child("configuration");
  if (node == nullptr) return {};
  for (const Statistic& s : node->statistics) {
    const std::string value = for_people(s);
    if (s.quantity != Quantity::Text || !s.name.ends_with(kYaml)) {
      keys.put(s.name, value);
      continue;
    }
    const std::string prefix = s.name.substr(0, s.name.size() - kYaml.size());
    try {
      for (auto& [key, inner] : keys_of_yaml(value, prefix).list) keys.put(key, inner);
    } catch (const InputError&) {
      keys.put(s.name, value);
    }
  }
  return keys.list;
}

}  // namespace ternsim::reports
