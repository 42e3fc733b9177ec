#include "reports/tree_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "reports/clean_text.h"

namespace ternsim::reports {

namespace {

void check_name(const std::string& name, const std::string& parent, std::set<std::string_view>& seen,
                std::string_view kind) {
  const bool plain = !name.empty() && std::ranges::none_of(name, [](char c) {
    return c == '/' || static_cast<unsigned char>(c) < 0x20;
  });
  if (!plain)
    throw MismatchError(fmt::format("results tree: a {} of '{}' is named '{}'; a name is not empty and holds no '/'",
                                    kind, parent, printable_text(name)));
  if (!seen.insert(name).second)
    throw MismatchError(fmt::format("results tree: '{}' has two {} named '{}'; names are unique within a node", parent,
                                    kind == "child" ? "children" : "statistics", name));
}

void check_node(const StatisticNode& node, const std::string& path) {
  std::set<std::string_view> statistics;
  for (const Statistic& statistic : node.statistics) {
    check_name(statistic.name, path, statistics, "statistic");
    const auto* value = std::get_if<double>(&statistic.value);
    if (value != nullptr && !std::isfinite(*value))
      throw MismatchError(fmt::format("results tree: {}/{} is {}, not a finite number", path, statistic.name, *value));
  }
  std::set<std::string_view> children;
  for (const StatisticNode& child : node.children) {
    check_name(child.name, path, children, "child");
    check_node(child, path + "/" + child.name);
  }
}

}  // namespace

void check_tree(const StatisticNode& root) {
  std::set<std::string_view> none;
  check_name(root.name, "the root", none, "node");
  check_node(root, root.name);
}

}  // namespace ternsim::reports
