#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"
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
#include "explore/ladder_table.h"
#include "model/shape_yaml.h"
#include "reports/json_writer.h"
#include "reports/ladder_text.h"
#include "reports/markdown_writer.h"
#include "reports/report.h"
#include "sim/reference_recorder.h"

namespace ternsim::cli {

namespace {

/// A progress line that is told shares.
class ShareProgress {
 public:
  ShareProgress() : line_("machines", 1000) {}
  void operator()(double share) {
    const auto at = static_cast<std::uint64_t>(std::lround(1000 * share));
    line_.advance(at - shown_);
    shown_ = at;
  }

 private:
  Progress line_;
  std::uint64_t shown_ = 0;
};

/// What the tables are of: the prompt that published figures speak of, and one token behind as many.
std::vector<explore::LadderCase> table_cases() {
  const auto decode = [](std::int64_t batch) {
    WorkloadOptions options;
    options.name = "decode-512";
    options.decode = 1;
    options.batch = batch;
    return workload_of(options);
  };
  WorkloadOptions prompt;
  prompt.name = "prefill-512";
  return {{"prefill_512", "Prefill of 512 tokens", workload_of(prompt)},
          {"decode_512", "Decode at a context of 512, one sequence", decode(1)},
          {"decode_512_batch_16", "Decode at a context of 512, 16 sequences", decode(16)}};
}

int run_tables(const LadderOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto path = find_model(options.model);
  if (!is_shape_file(path))
    throw RequestError(fmt::format("{}: --all takes a shape, a YAML file or a name in configs/models/", path.string()));
  const model::Graph graph = model::Graph::build(model::load_shape(path));
  const energy::Technology technology = energy::Technology::load(find_config("technologies", options.technology));
  std::vector<sim::AcceleratorConfig> machines;
  for (const std::string& name : options.machines.empty() ? config_names("accelerators") : options.machines)
    machines.push_back(sim::load_accelerator(find_config("accelerators", name), rtl_configs_path()));

  std::set<std::string> used;
  std::optional<ShareProgress> progress(std::in_place);
  StatisticNode table =
      explore::ladder_table_node(graph, technology, table_cases(), machines, used, std::ref(*progress));
  progress.reset();
  table.add("model", "Name of the model.", Quantity::Text, graph.shape.name)
      .add("technology", "Name of the technology.", Quantity::Text, technology.name());
  const std::string markdown = reports::markdown_report(table, "ternsim ladder --all --markdown");
  const std::string text = reports::ladder_table_text(table);
  StatisticNode root{"results", "ternsim ladder", {}, {}};
  root.children.push_back(run_block(start));
  root.children.push_back(std::move(table));
  root.children.push_back(energy::constants_node(technology, used));
  print_all(options.json ? reports::json_report(root) : text);
  if (!options.markdown.empty()) reports::write_atomically(options.markdown, markdown);
  return kOk;
}

int run_one(const LadderOptions& options) {
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

  std::optional<ShareProgress> progress(std::in_place);
  const explore::LadderMachines machines = explore::ladder_machines(input, accelerator, std::ref(*progress));
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

}  // namespace

int run_ladder(const LadderOptions& options) { return options.all ? run_tables(options) : run_one(options); }

}  // namespace ternsim::cli
