#pragma once

#include "base/statistic.h"

namespace ternsim::reports {

/// What every writer may rely on: names are not empty and hold no '/' or control character, statistics and children
/// are unique within their node (so a path names one figure), and every value is finite. Throws MismatchError naming
/// the path; a report with a NaN in it is worth less than a clear error.
void check_tree(const StatisticNode& root);

}  // namespace ternsim::reports
