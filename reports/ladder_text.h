#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The node "ladders" of explore/ladder_study.h for a terminal of 80 columns: per phase a table of machines by rungs,
/// what of each is left of the ratio to the first machine, one of their sizes, rates, ranges and floors, one of areas
/// by part, and the first machine's uncertain constants as bars.
std::string ladder_text(const StatisticNode& ladders);

/// The node of explore/ladder_table.h for a terminal of 100 columns, table by table.
std::string ladder_table_text(const StatisticNode& tables);

}  // namespace ternsim::reports
