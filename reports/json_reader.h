#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/statistic.h"

namespace ternsim::reports {

/// A results file as json_report writes it, or the results.json of a report's directory; it may be damaged or hostile.
/// Throws InputError that begins with the
/// file and names the path inside the tree: no JSON, beyond 64 MiB, another schema or version of it, a member that is
/// missing or of another type, a quantity or tier of no such name, or what check_tree refuses.
StatisticNode read_results(const std::filesystem::path& path);
/// The same of a text; `origin` stands in messages where a file name would.
StatisticNode parse_results(std::string_view text, const std::string& origin);

}  // namespace ternsim::reports
