#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "cli/workload_options.h"
#include "cosim/engine_run.h"
#include "energy/accelergy.h"
#include "explore/clock_limit.h"
#include "explore/machine_study.h"
#include "explore/simulation_tree.h"
#include "model/shape_yaml.h"
#include "model/tokenizer.h"
#include "reports/clean_text.h"
#include "reports/json_writer.h"
#include "reports/report.h"
#include "reports/text_writer.h"
#include "sim/known_values.h"
#include "sim/program/mapper.h"
#include "sim/program/topology.h"
#include "sim/reference_recorder.h"
#include "sweep/settings.h"

namespace ternsim::cli {

namespace {

/// A list of products; what is assumed of its weights is the workload file's.
sim::Workload products_of(const sim::Topology& topology, const SimulateOptions& options) {
  const sim::Workload assumed = sim::load_workload(find_config("workloads", options.workload.name));
  sim::Workload w = sim::workload_of(topology);
  w.zero_share = assumed.zero_share;
  w.zero_row_share = assumed.zero_row_share;
  return w;
}

std::optional<explore::TraceOptions> trace_of(const SimulateOptions& options) {
  if (options.trace.empty()) return std::nullopt;
  explore::TraceOptions trace{options.trace, {}, options.trace_events};
  if (!options.trace_window.empty()) trace.window = explore::TraceWindow::parse(options.trace_window);
  return trace;
}

/// The phases that the machine ran, in Accelergy's terms.
std::vector<energy::AccelergyPhase> accelergy_phases(const sim::SimulationResult& result) {
  std::vector<energy::AccelergyPhase> phases;
  const auto add = [&](const char* name, const sim::PhaseResult& phase) {
    if (phase.tokens > 0) phases.push_back({name, phase.total.counts, static_cast<std::uint64_t>(phase.total.cycles)});
  };
  add("prefill", result.prefill);
  add("decode", result.decode);
  return phases;
}

void write_accelergy(const std::filesystem::path& folder, const std::string& corner, const explore::StudyInput& input,
                     const explore::Machine& machine) {
  const auto at = *std::ranges::find(energy::kCorners, corner, [](energy::Corner c) { return energy::name_of(c); });
  for (const energy::AccelergyFile& file : energy::accelergy_files(
           explore::energy_model(input, machine.config), accelergy_phases(machine.result), at, machine.config.clock_hz))
    reports::write_atomically(folder / file.name, file.text);
}

/// The prompt's tokens; a model without a tokenizer (`ternsim synthesize`), or nothing to say, begins with one token.
std::vector<std::int32_t> prompt_of(const model::Model& model, const std::filesystem::path& path,
                                    const std::string& text) {
  std::vector<std::int32_t> prompt;
  if (!model.vocabulary.tokens.empty())
    prompt = model::Tokenizer(model.vocabulary, path.string()).encode(text, model.vocabulary.add_bos);
  if (prompt.empty()) prompt.push_back(std::max(model.vocabulary.bos, 0));
  return prompt;
}

sweep::FileOverrides overrides_of(const std::vector<std::string>& set) {
  sweep::Settings settings;
  for (const std::string& given : set) {
    const std::size_t equals = given.find('=');
    const std::string key = given.substr(0, equals);
    if (equals == std::string::npos || key.empty())
      throw RequestError(fmt::format("--set {}: KEY=VALUE expected, such as matrix_unit.rows=32", given));
    if (sweep::names_file(key)) throw RequestError(fmt::format("--set {}: there is --{} for that", given, key));
    if (!settings.emplace(key, given.substr(equals + 1)).second)
      throw RequestError(fmt::format("--set {}: {} is given twice", given, key));
  }
  return sweep::overrides_of(settings, {}, "--set");
}

}  // namespace

int run_simulate(const SimulateOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const sweep::FileOverrides set = overrides_of(options.set);
  const sim::AcceleratorConfig accelerator =
      sim::load_accelerator(find_config("accelerators", options.accelerator), rtl_configs_path(), set.accelerator);
  std::optional<sim::Topology> topology;
  if (!options.topology.empty()) topology = sim::load_topology(options.topology);
  const sim::Workload workload =
      topology ? products_of(*topology, options) : workload_of(options.workload, set.workload);
  const std::optional<explore::TraceOptions> trace = trace_of(options);
  const energy::Technology technology = energy::Technology::load(find_config("technologies", options.technology));
  const explore::ClockLimits limits = explore::ClockLimits::load(find_config("synthesis", "asap7-timing"));
  const auto path = find_model(options.model);
  if (!set.model.empty() && (topology || !is_shape_file(path)))
    throw RequestError("--set model.KEY needs a model given as a shape (YAML)");
  if (!set.workload.empty() && topology) throw RequestError("--set workload.KEY needs a workload, not a topology");

  const model::LoadOptions load = load_options(options.read, path);
  std::optional<model::Model> model;
  if (!topology && !is_shape_file(path)) model = load_to_run(path, load);
  const model::Graph graph = topology ? sim::graph_of(*topology)
                                      : model::Graph::build(model ? model->shape : model::load_shape(path, set.model));
  std::vector<sim::PassRecord> records;
  explore::StudyInput input{graph, workload, technology, {}};
  input.trace = trace;
  std::optional<energy::EnergyReferenceTable> prices;
  if (!options.ert.empty()) prices = energy::EnergyReferenceTable::load(options.ert);
  if (prices) input.prices = &*prices;
  if (!options.accelergy.empty()) reports::prepare_directory(options.accelergy);
  if (model) input.operands.weights = sim::weight_table(graph, *model);
  if (options.print_program) {
    const sim::ValueProfile profile = sim::known_values(graph, accelerator, workload, input.operands.weights);
    for (const model::Pass& pass : sim::passes_of(workload))
      print_all(fmt::format("# pass: {} tokens at context {}, batch {}\n{}", pass.tokens, pass.context, pass.batch,
                            sim::to_text(sim::map_workload_pass(graph, accelerator, workload, pass, profile), graph)));
    return kOk;
  }
  if (options.check) {
    if (!model) throw RequestError("--check needs a model with weights; a shape has none");
    if (!accelerator.matrix.exact())
      throw RequestError(
          fmt::format("--check needs a datapath with integer sums; {} computes in FP16", accelerator.name));
    const std::vector<std::int32_t> prompt = prompt_of(*model, path, options.prompt);
    records = sim::record_reference(*model, workload, cosim::greedy_sequence(*model, prompt, workload.positions()));
    input.operands.records = records;
  }
  const explore::Machine machine = explore::simulate_machine(input, "machine", accelerator.name, accelerator);
  if (prices) energy::require_prices(*prices, accelergy_phases(machine.result));
  if (!options.accelergy.empty()) write_accelergy(options.accelergy, options.corner, input, machine);
  for (const std::string& note : explore::simulation_notes(input, accelerator, limits))
    fmt::print(stderr, "ternsim: note: {}\n", reports::printable_text(note));
  StatisticNode root = explore::simulation_tree(input, machine);
  StatisticNode run = run_block(start);
  explore::add_simulation_speed(run, {&machine});
  root.children.insert(root.children.begin(), std::move(run));
  print_all(options.json ? reports::json_report(root) : reports::text_report(root));
  return kOk;
}

}  // namespace ternsim::cli
