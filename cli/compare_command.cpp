#include <filesystem>
#include <system_error>
#include <vector>

#include "cli/options.h"
#include "cli/output.h"
#include "reports/compare_page.h"
#include "reports/compare_results.h"
#include "reports/compare_text.h"
#include "reports/csv_writer.h"
#include "reports/json_reader.h"
#include "reports/json_writer.h"
#include "reports/markdown_writer.h"
#include "reports/report.h"

namespace ternsim::cli {

namespace {

namespace fs = std::filesystem;

/// "report-a" of report-a/, "a" of a.json.
std::string name_of_file(const fs::path& file) {
  std::error_code ec;
  fs::path path = fs::absolute(file, ec).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return (fs::is_directory(path, ec) ? path.filename() : path.stem()).string();
}

/// FILE, or NAME=FILE; a file whose own name has an '=' is one.
reports::ComparedRun read_run(const std::string& given) {
  std::error_code ec;
  const std::size_t equals = fs::exists(given, ec) ? std::string::npos : given.find('=');
  const std::string file = equals == std::string::npos ? given : given.substr(equals + 1);
  return {equals == std::string::npos ? name_of_file(file) : given.substr(0, equals), file,
          reports::read_results(file)};
}

}  // namespace

int run_compare(const CompareOptions& options) {
  std::vector<reports::ComparedRun> runs;
  for (const std::string& given : options.results) runs.push_back(read_run(given));
  const StatisticNode comparison = reports::compare_results(runs, options.baseline);
  if (!options.csv.empty()) reports::write_atomically(options.csv, reports::csv_report(comparison));
  if (!options.markdown.empty())
    reports::write_atomically(options.markdown, reports::markdown_report(comparison, "ternsim compare"));
  if (!options.html.empty()) reports::write_atomically(options.html, reports::compare_page(comparison));
  print_all(options.json ? reports::json_report(comparison) : reports::compare_text(comparison));
  return kOk;
}

}  // namespace ternsim::cli
