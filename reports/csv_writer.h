#pragma once

#include <string>
#include <string_view>

#include "base/statistic.h"

namespace ternsim::reports {

/// One field by RFC 4180: in quotes, its quotes doubled, when it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);

/// The tree as a table by RFC 4180 (CRLF, header row), one row per statistic in the tree's order:
///   path,name,value,unit,tier,description
/// The path is the node's, joined with '/' and starting at the root. Values are in SI units, doubles with the fewest
/// digits that read back to the same double. A text cell that a spreadsheet would run as a formula (it starts with
/// = + - @, tab or carriage return and is not a number) gets an apostrophe in front: text of a language model is not
/// to be trusted; results.json has it unchanged. Throws MismatchError when check_tree does.
std::string csv_report(const StatisticNode& root);

}  // namespace ternsim::reports
