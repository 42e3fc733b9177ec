#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The tree as a Markdown document: a heading for each node, its statistics as a list, tabular children as a table with
/// a row for each child. Values are for people (base/quantity.h); a column's tier stands in its head where all rows
/// share one, else in the cells. `written_by` becomes a comment in the first line. Equal trees give equal bytes. Throws
/// MismatchError when check_tree does.
std::string markdown_report(const StatisticNode& root, const std::string& written_by);

}  // namespace ternsim::reports
