#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The tree of compare_results as one page, self-contained as html_report's.
std::string compare_page(const StatisticNode& comparison);

}  // namespace ternsim::reports
