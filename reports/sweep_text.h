#pragma once

#include <cstddef>
#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The nodes "computed" (where there is one) and "front" of sweep/sweep_tree.h for a terminal: counts, and a table of
/// at most `rows` designs spread evenly over the front, the best and the last included.
std::string sweep_text(const StatisticNode& root, std::size_t rows);

}  // namespace ternsim::reports
