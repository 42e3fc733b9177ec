#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The tree of compare_results for terminals, at most 100 columns wide: figures as rows, machines as columns, each
/// value with its ratio to the baseline. Machines that do not fit beside the others go into further blocks.
std::string compare_text(const StatisticNode& comparison);

}  // namespace ternsim::reports
