#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::cli {

/// The figures that a reader wants first, from a report's tree, for the terminal; `page` is the report's path.
std::string headline(const StatisticNode& root, const std::string& page);

}  // namespace ternsim::cli
