#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// A tabular node for terminals: its children are rows, their statistics columns under headings of their names' words.
/// Numbers stand right and texts left; what a row lacks is "-". Units that do not change within a column (token/s, mm2)
/// stand in its heading, and J/token as J. Empty for a node without rows.
std::string table_text(const StatisticNode& node);

}  // namespace ternsim::reports
