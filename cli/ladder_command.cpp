#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <optional>

#include "base/progress.h"
#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "cli/workload_options.h"
#include "energy/report_tree.h"
#include "explore/ladder_study.h"
#include "model/shape_yaml.h"
#include "reports/json_writer.h"
#include "reports/ladder_text.h"
#include "sim/reference_recorder.h"

namespace ternsim::cli {

int run_ladder(const LadderOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const sim::AcceleratorConfig accelerator =
      sim::load_accelerator(find_config("accelerators", options.accelerator), rtl_configs_path());
  const sim::Workload workload = workload_of(options.workload);
  const energy::Technology technology = energy::Technology::load(find_config("technologies", options.technology));
  const auto path = find_model(options.model);
  const model::LoadOptions load = load_options(options.read, path);
  std::optional<model::Model> model;
  if (!is_shape_file(path)) model = load_to_run(path, load);
  const model::Graph graph = model::Graph::build(model ? model->shape : model::load_shape(path));
  explore::StudyInput input{graph, workload, technology, {}};
  if (model) input.operands.weights = sim::weight_table(graph, *model);

  std::optional<Progress> progress(std::in_place, "machines", 100);
  std::uint64_t shown = 0;
  const explore::LadderMachines machines = explore::ladder_machines(input, accelerator, [&](double share) {
    const auto percent = static_cast<std::uint64_t>(std::lround(100 * share));
    progress->advance(percent - shown);
    shown = percent;
  });
  progress.reset();

  std::set<std::string> used;
  StatisticNode root{"results", "ternsim ladder", {}, {}};
  root.children.push_back(run_block(start));
  root.add_child("configuration", "Configuration")
      .add("accelerator", "Name of the accelerator.", Quantity::Text, accelerator.name)
      .add("model", "Name of the model.", Quantity::Text, graph.shape.name)
      .add("workload", "Name of the workload, and what the command line has in place of its own.", Quantity::Text,
           workload.name)
      .add("technology", "Name of the technology.", Quantity::Text, technology.name());
  root.children.push_back(explore::ladders_node(input, machines, used));
  root.children.push_back(energy::constants_node(technology, used));
  if (options.json) {
    print_all(reports::json_report(root));
    return kOk;
  }
  print_all(fmt::format("{} on {}\n{}; constants of {}\n\n{}", graph.shape.name, accelerator.name, workload.name,
                        technology.name(), reports::ladder_text(*root.find_child("ladders"))));
  return kOk;
}

}  // namespace ternsim::cli
