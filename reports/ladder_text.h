#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The node "ladders" of explore/ladder_study.h for a terminal of 80 columns: per phase a table of machines by rungs,
/// one of their sizes, rates, ranges and floors, and the first machine's uncertain constants as bars.
std::string ladder_text(const StatisticNode& ladders);

}  // namespace ternsim::reports
