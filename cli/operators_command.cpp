#include <chrono>
#include <vector>

#include "cli/data_paths.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "explore/operator_costs.h"
#include "reports/json_writer.h"
#include "reports/markdown_writer.h"
#include "reports/operators_text.h"
#include "reports/report.h"

namespace ternsim::cli {

int run_operators(const OperatorsOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<energy::Technology> technologies;
  for (const std::string& name : options.technologies)
    technologies.push_back(energy::Technology::load(find_config("technologies", name)));
  const auto synthesis = energy::SynthesisReport::load(
      options.synthesis.empty() ? synthesis_path() : std::filesystem::path(options.synthesis));
  const sim::AcceleratorConfig accelerator =
      sim::load_accelerator(find_config("accelerators", options.accelerator), rtl_configs_path());
  StatisticNode costs = explore::operator_costs_node({technologies, synthesis, accelerator});
  const std::string markdown = reports::markdown_report(costs, "ternsim operators --markdown");
  const std::string text = reports::operators_text(costs);
  StatisticNode root{"results", "ternsim operators", {}, {}};
  root.children.push_back(run_block(start));
  root.children.push_back(std::move(costs));
  print_all(options.json ? reports::json_report(root) : text);
  if (!options.markdown.empty()) reports::write_atomically(options.markdown, markdown);
  return kOk;
}

}  // namespace ternsim::cli
