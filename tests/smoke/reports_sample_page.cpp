// Writes the report of the synthetic tree into a directory and that of the small one into its subdirectory small:
// `reports_sample_page DIRECTORY`. For looking at the page in a browser and for reports/web/check_page.mjs.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "reports/report.h"
#include "reports/text_writer.h"
#include "reports_sample_tree.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: reports_sample_page DIRECTORY\n");
    return 2;
  }
  const ternsim::StatisticNode tree = ternsim::reports::sample_tree();
  fmt::print("{}", ternsim::reports::text_report(tree));
  fmt::print("{}\n", ternsim::reports::write_report(tree, argv[1]).html.string());
  const auto small =
      ternsim::reports::write_report(ternsim::reports::small_tree(), std::filesystem::path(argv[1]) / "small");
  fmt::print("{}\n", small.html.string());
}
