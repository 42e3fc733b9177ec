#include "cli/sweep_output.h"

#include <utility>
#include <vector>

#include "cli/output.h"
#include "reports/json_writer.h"
#include "reports/report.h"
#include "reports/sweep_page.h"
#include "reports/sweep_text.h"
#include "sweep/front.h"
#include "sweep/sweep_tree.h"

namespace ternsim::cli {

void print_sweep(const sweep::Sweep& sweep, const sweep::Store& store, const std::optional<sweep::RunSummary>& summary,
                 StatisticNode run, const SweepOutput& output) {
  const std::vector<const sweep::Point*> points = store.points();
  const sweep::Front front = sweep::front_of(points, sweep.rules);
  StatisticNode root{"results", "ternsim sweep", {}, {}};
  root.children.push_back(std::move(run));
  root.children.push_back(sweep::sweep_node(sweep, store));
  if (summary) root.children.push_back(sweep::computed_node(*summary));
  root.children.push_back(sweep::front_node(front, sweep));
  if (!output.html.empty()) {
    StatisticNode page{"results", sweep.name, {}, {}};
    page.children.push_back(sweep::sweep_node(sweep, store));
    page.children.push_back(sweep::points_node(front, points, sweep));
    reports::write_atomically(output.html, reports::sweep_page(page));
  }
  print_all(output.json ? reports::json_report(root) : reports::sweep_text(root, output.rows));
}

}  // namespace ternsim::cli
