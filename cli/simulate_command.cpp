#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "base/error.h"
#include "cli/data_paths.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cosim/engine_run.h"
#include "energy/report_tree.h"
#include "explore/machine_study.h"
#include "model/model_loader.h"
#include "model/shape_yaml.h"
#include "model/tokenizer.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"
#include "sim/program/mapper.h"
#include "sim/reference_recorder.h"

namespace ternsim::cli {

int run_simulate(const SimulateOptions& options) {
  const sim::AcceleratorConfig accelerator =
      sim::load_accelerator(find_config("accelerators", options.accelerator), rtl_configs_path());
  const sim::Workload workload = sim::load_workload(find_config("workloads", options.workload));
  const energy::Technology technology = energy::Technology::load(find_config("technologies", options.technology));
  const auto path = find_model(options.model);

  std::optional<model::Model> model;
  if (!is_shape_file(path)) model = model::load_model(path);
  const model::Graph graph = model::Graph::build(model ? model->shape : model::load_shape(path));
  if (options.print_program) {
    for (const model::Pass& pass : sim::passes_of(workload))
      print_all(fmt::format("# pass: {} tokens at context {}, batch {}\n{}", pass.tokens, pass.context, pass.batch,
                            sim::to_text(sim::map_pass(graph, accelerator, pass), graph)));
    return kOk;
  }

  std::vector<sim::PassRecord> records;
  explore::StudyInput input{graph, workload, technology, {}};
  if (model) input.operands.weights = sim::weight_table(graph, *model);
  if (options.check) {
    if (!model) throw RequestError("--check needs a model with weights; a shape has none");
    if (accelerator.matrix.datapath != sim::Datapath::AdderTree)
      throw RequestError(fmt::format("--check needs a ternary datapath; {} computes in FP16", accelerator.name));
    const model::Tokenizer tokenizer(model->vocabulary, path.string());
    const std::vector<std::int32_t> prompt = tokenizer.encode(options.prompt, model->vocabulary.add_bos);
    records = sim::record_reference(*model, workload, cosim::greedy_sequence(*model, prompt, workload.positions()));
    input.operands.records = records;
  }
  std::set<std::string> used;
  const explore::Machine machine = explore::simulate_machine(input, "machine", accelerator.name, accelerator);
  StatisticNode root{"results", "ternsim simulate", {}, {}};
  root.add_child("configuration", "Configuration")
      .add("accelerator", "Name of the accelerator.", Quantity::Text, accelerator.name)
      .add("model", "Name of the model.", Quantity::Text, graph.shape.name)
      .add("workload", "Name of the workload.", Quantity::Text, workload.name)
      .add("technology", "Name of the technology.", Quantity::Text, technology.name());
  root.children.push_back(explore::machine_node(input, machine, used));
  root.children.push_back(energy::constants_node(technology, used));
  print_all(options.json ? reports::json_report(root) : reports::text_report(root));
  return kOk;
}

}  // namespace ternsim::cli
