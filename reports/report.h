#pragma once

#include <filesystem>
#include <string_view>

#include "base/statistic.h"

namespace ternsim::reports {

/// The files of one report.
struct ReportFiles {
  std::filesystem::path html;  ///< report.html, one page that opens offline
  std::filesystem::path json;  ///< results.json
  std::filesystem::path csv;   ///< results.csv
};

/// Writes report.html, results.json and results.csv into `directory`, which is created where it is missing. All three
/// are made in memory first, then each goes to a temporary file beside its target and is renamed over it, so a reader
/// never sees half a file. Throws MismatchError when the tree is not well formed (nothing is written) and RequestError
/// naming the path when a file cannot be written.
ReportFiles write_report(const StatisticNode& root, const std::filesystem::path& directory);

/// Writes a file as write_report does: to a temporary one beside it, which is then renamed. Throws RequestError naming
/// the path when it cannot be written.
void write_atomically(const std::filesystem::path& path, std::string_view content);

/// Creates the directory where it is missing and tries whether files can be made there; for commands that work long
/// before they write. Throws RequestError as write_report does.
void prepare_directory(const std::filesystem::path& directory);

}  // namespace ternsim::reports
