// Writes the page that compares synthetic results, and the same as JSON, into a directory: `compare_sample_page
// DIRECTORY`. One of the results lacks a phase and has hostile text. For reports/web/check_compare.mjs.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "reports/compare_page.h"
#include "reports/compare_results.h"
#include "reports/json_writer.h"
#include "reports/report.h"
#include "reports_sample_tree.h"

int main(int argc, char** argv) {
  using namespace ternsim;
  using namespace ternsim::reports;
  if (argc != 2) {
    fmt::print(stderr, "usage: compare_sample_page DIRECTORY\n");
    return 2;
  }
  StatisticNode hostile = sample_tree();
  for (StatisticNode& child : hostile.children) {
    if (child.name == "machines") {
      child.children.resize(1);
      std::erase_if(child.children.front().children, [](const StatisticNode& node) { return node.name == "prefill"; });
    }
    if (child.name != "configuration") continue;
    for (Statistic& s : child.statistics)
      if (s.name == "model") s.value = hostile_text;
  }
  const std::vector<ComparedRun> runs{{"first-report", "first", sample_tree()}, {"<img src=x>", "second", hostile}};
  const StatisticNode comparison = compare_results(runs, "first-report:fp16");
  const std::filesystem::path directory = argv[1];
  write_atomically(directory / "compare.json", json_report(comparison));
  write_atomically(directory / "compare.html", compare_page(comparison));
}
