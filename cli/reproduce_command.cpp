#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <string>

#include "cli/data_paths.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "explore/published_reproduction.h"
#include "reports/csv_writer.h"
#include "reports/json_writer.h"
#include "reports/markdown_writer.h"
#include "reports/report.h"
#include "reports/text_writer.h"

namespace ternsim::cli {

int run_reproduce(const ReproduceOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::filesystem::path configs = data_dir() / "configs";
  const explore::ReproductionPaths paths{
      options.data.empty() ? configs / "published" : std::filesystem::path(options.data), configs, rtl_configs_path()};
  explore::Reproduction reproduction =
      explore::reproduce_published(paths, {options.tables.begin(), options.tables.end()});
  const std::string markdown = reports::markdown_report(reproduction.node, "ternsim reproduce --markdown");
  StatisticNode root{"results", "ternsim reproduce", {}, {}};
  root.children.push_back(run_block(start));
  root.children.push_back(std::move(reproduction.node));
  // Printed before anything is written: a path that cannot be written to costs a file, not the results. What a figure
  // contains and leaves out is never cut.
  print_all(options.json ? reports::json_report(root) : reports::text_report(root, {.lines = 6, .columns = 2000}));
  if (!options.markdown.empty()) reports::write_atomically(options.markdown, markdown);
  if (!options.csv.empty()) reports::write_atomically(options.csv, reports::csv_report(root));
  if (reproduction.broken.empty()) return kOk;
  fmt::print(stderr, "ternsim: promised figures do not come out: {}\n", fmt::join(reproduction.broken, ", "));
  return kMismatch;
}

}  // namespace ternsim::cli
