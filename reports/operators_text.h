#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The node "operator_costs" of explore/operator_costs.h for a terminal of 100 columns: its tables, each with what its
/// rows hold.
std::string operators_text(const StatisticNode& costs);

}  // namespace ternsim::reports
