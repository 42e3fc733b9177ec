#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// One page, as html_report's, with the points of a sweep to explore: `root` holds the nodes "sweep" and "points" of
/// sweep/sweep_tree.h. Points are written as bare lists, about 700 bytes each.
std::string sweep_page(const StatisticNode& root);

}  // namespace ternsim::reports
