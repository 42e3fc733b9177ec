#pragma once

#include <chrono>

#include "base/statistic.h"

namespace ternsim::cli {

/// Node "run": what another run of the same command would have differently. Version, command line, build, time,
/// machine, and the wall time since `start`; it stands outside of what comparisons look at.
StatisticNode run_block(std::chrono::steady_clock::time_point start);

}  // namespace ternsim::cli
