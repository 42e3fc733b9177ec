#pragma once

#include <string>
#include <string_view>

#include "base/statistic.h"

namespace ternsim::reports {

/// Raised with every change that a reader of results.json would notice; docs/reference/results.md has the schema.
inline constexpr int json_schema_version = 3;

/// A quantity's name in files: "joules_per_token", "cycles", "text".
std::string_view quantity_name(Quantity quantity);

/// The tree as JSON, two spaces per level:
///   {"schema": "ternsim-results", "schema_version": 3, "results": NODE}
///   NODE = {"name", "title", "statistics": [STATISTIC...], "children": [NODE...]}
///   STATISTIC = {"name", "description", "quantity", "unit", "value", "tier"}
/// Keys and nodes keep the tree's order; equal trees give equal bytes. Counts are JSON integers, doubles are written
/// with the fewest digits that read back to the same double, text is made valid UTF-8 first. Throws MismatchError
/// when check_tree does.
std::string json_report(const StatisticNode& root);

/// The same on one line, for the HTML page: each statistic also has "shown", its value from base/quantity.h, so that
/// units are converted for people in one place only; '<', '>', '&', U+2028 and U+2029 are written as \u escapes, so
/// that no text can end the surrounding script element.
std::string json_for_page(const StatisticNode& root);

}  // namespace ternsim::reports
