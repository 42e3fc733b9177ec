#pragma once

#include <cstddef>
#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// How much of a long text value (a YAML file, a generated text) a terminal is given.
struct TextLimits {
  std::size_t lines = 6;      ///< lines of one value; the rest is counted in a closing line
  std::size_t columns = 100;  ///< characters of one line; the rest becomes an ellipsis
};

/// The tree for terminals: a node is its title and name, its statistics are indented below it in three columns (name,
/// value for people from base/quantity.h aligned right, tier), its children follow one level deeper. Control
/// characters of text values are replaced. Throws MismatchError when check_tree does.
std::string text_report(const StatisticNode& root, const TextLimits& limits = {});

}  // namespace ternsim::reports
