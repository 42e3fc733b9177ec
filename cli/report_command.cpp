#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/file_hash.h"
#include "base/quantity.h"
#include "cli/data_paths.h"
#include "cli/engines.h"
#include "cli/headline.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "cosim/engine_run.h"
#include "cosim/engine_tree.h"
#include "energy/report_tree.h"
#include "explore/equal_speed.h"
#include "explore/ladder_study.h"
#include "explore/machine_study.h"
#include "explore/operator_costs.h"
#include "explore/simulation_tree.h"
#include "model/cpu_engine.h"
#include "model/shape_yaml.h"
#include "model/tokenizer.h"
#include "reports/json_writer.h"
#include "reports/report.h"
#include "sim/program/baseline.h"
#include "sim/reference_recorder.h"

namespace ternsim::cli {

namespace {

constexpr std::size_t kMinTokens = 32;  // fewer would say little about "identical"

struct Generation {
  std::vector<cosim::EngineRun> runs;
  std::string verdict;  ///< empty: identical
};

const char* ternary_title(sim::DatapathKind datapath) {
  switch (datapath) {
    case sim::DatapathKind::ZeroSkip:
      return "Ternary, zeros skipped";
    case sim::DatapathKind::Lut:
      return "Ternary lookup tables";
    case sim::DatapathKind::BitSerial:
      return "Ternary, bit-serial";
    default:
      return "Ternary adder trees";
  }
}

}  // namespace

int run_report(const ReportOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const sim::AcceleratorConfig accelerator =
      sim::load_accelerator(find_config("accelerators", options.accelerator), rtl_configs_path());
  if (!accelerator.dram.present())
    throw RequestError(
        fmt::format("{}: a report compares machines on the same DRAM, and this one has none; see `ternsim simulate`",
                    accelerator.where()));
  if (!accelerator.matrix.ternary())
    throw RequestError(fmt::format("{} is no ternary machine; give it as --baseline", accelerator.name));
  const sim::AcceleratorConfig baseline =
      options.baseline.empty()
          ? sim::baseline_of(accelerator, sim::DatapathKind::Fp16Mac)
          : sim::load_accelerator(find_config("accelerators", options.baseline), rtl_configs_path());
  if (baseline.matrix.datapath != sim::DatapathKind::Fp16Mac)
    throw RequestError(fmt::format("{} is no FP16 machine; a baseline has datapath fp16_mac", baseline.name));
  const sim::Workload workload = sim::load_workload(find_config("workloads", options.workload));
  const std::filesystem::path technology_path = find_config("technologies", options.technology);
  const energy::Technology technology = energy::Technology::load(technology_path);
  const auto synthesis = energy::SynthesisReport::load(synthesis_path());
  const auto path = find_model(options.model);
  const model::LoadOptions load = load_options(options.read, path);
  std::optional<model::Model> model;
  if (!is_shape_file(path)) model = load_to_run(path, load);
  const model::Graph graph = model::Graph::build(model ? model->shape : model::load_shape(path));

  reports::prepare_directory(options.output);  // a report that cannot be written is refused before minutes of work

  StatisticNode root{"results", "ternsim results", {}, {}};
  explore::StudyInput input{graph, workload, technology, {}};
  input.timelines = true;
  std::vector<sim::PassRecord> records;
  Generation generation;
  std::vector<std::int32_t> prompt;
  std::optional<model::Tokenizer> tokenizer;
  std::optional<cosim::Fault> fault;
  // Engines are compared on the RTL of the machine; one without RTL has the sums of its simulation held to the
  // reference.
  const bool has_rtl = !accelerator.matrix.rtl_config.empty();
  if (model) {
    if (options.prompt.empty()) throw RequestError("the prompt is empty: give some text with -p");
    if (!options.inject_fault.empty()) fault = cosim::parse_fault(options.inject_fault, model->shape.block_count);
    tokenizer.emplace(model->vocabulary, path.string());
    prompt = tokenizer->encode(options.prompt, model->vocabulary.add_bos);
    if (fault && !has_rtl)
      throw RequestError(
          fmt::format("--inject-fault compares engines, and {} has no RTL: its matrix_unit names no rtl_config of "
                      "rtl/configs.yaml",
                      accelerator.where()));
    model::CpuEngine cpu;
    generation.runs.push_back(cosim::run_engine(*model, cpu, prompt, options.count, {}, tokenizer->stop_ids(), fault));
    if (const std::size_t n = generation.runs.front().tokens.size(); n < kMinTokens)
      throw RequestError(
          fmt::format("the model ended its text after {} tokens; the report needs at least {}: choose another prompt",
                      n, kMinTokens));
    input.operands.weights = sim::weight_table(graph, *model);
    // The simulated machine's sums are checked where one sequence is simulated; a batch runs on counts alone.
    if (workload.batch == 1) {
      records = sim::record_reference(*model, workload, cosim::greedy_sequence(*model, prompt, workload.positions()));
      input.operands.records = records;
    }
  } else if (!options.inject_fault.empty()) {
    throw RequestError("--inject-fault needs a model with weights; a shape has none");
  }

  // Simulations run in child processes and must come before this process elaborates SystemC for the engine.
  const explore::Machine ternary =
      explore::simulate_machine(input, "ternary", ternary_title(accelerator.matrix.datapath), accelerator);
  const explore::Machine fp16 = explore::simulate_machine(
      input, "fp16", options.baseline.empty() ? "FP16 MACs, same peak and DRAM" : "FP16 baseline " + baseline.name,
      baseline);
  const std::optional<explore::Machine> equal_speed = explore::find_equal_speed(input, ternary, baseline, "FP16");

  if (model && has_rtl) {
    for (const char* name : {"systemc", "rtl"}) {
      const auto engine = make_engine(name, accelerator.matrix.rtl_config);
      generation.runs.push_back(
          cosim::run_engine(*model, *engine, prompt, options.count, {}, tokenizer->stop_ids(), fault));
    }
    // Each against the reference; then SystemC against RTL, which share a clock as well.
    for (const auto& [a, b] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)})
      if (generation.verdict.empty())
        generation.verdict = cosim::difference(generation.runs[static_cast<std::size_t>(a)],
                                               generation.runs[static_cast<std::size_t>(b)]);
    root.children.push_back(cosim::generation_node(generation.runs, graph.shape.name, options.prompt,
                                                   tokenizer->decode(generation.runs.front().tokens),
                                                   generation.verdict));
  }
  root.add_child("configuration", "Configuration")
      .add("accelerator", "Name of the ternary machine.", Quantity::Text, accelerator.name)
      .add("baseline", "Name of the FP16 machine.", Quantity::Text, baseline.name)
      .add("model", "Name of the model.", Quantity::Text, graph.shape.name)
      .add("workload", "Name of the workload.", Quantity::Text, workload.name)
      .add("technology", "Name of the technology.", Quantity::Text, technology.name())
      .add("rtl_config", "RTL configuration of the matrix unit.", Quantity::Text, accelerator.matrix.rtl_config)
      .add("model_hash", "XXH3-64 of the model's file, or of all files of its directory in the order of their names.",
           Quantity::Text, file_hash(path))
      .add("technology_hash", "XXH3-64 of the technology's file.", Quantity::Text, file_hash(technology_path))
      .add("accelerator_hash", "XXH3-64 of accelerator_yaml.", Quantity::Text, text_hash(accelerator.yaml))
      .add("baseline_hash", "XXH3-64 of baseline_yaml.", Quantity::Text, text_hash(baseline.yaml))
      .add("workload_hash", "XXH3-64 of workload_yaml.", Quantity::Text, text_hash(workload.yaml))
      .add("seed", "What random numbers began with.", Quantity::Text,
           std::string("none: text is generated greedily, and nothing else is drawn at random"))
      .add("accelerator_yaml", "The ternary machine as configured.", Quantity::Text, accelerator.yaml)
      .add("baseline_yaml", "The FP16 machine as configured.", Quantity::Text, baseline.yaml)
      .add("workload_yaml", "The workload as configured.", Quantity::Text, workload.yaml);
  explore::add_content_hashes(root.children.back(), graph, technology);

  std::set<std::string> used;
  StatisticNode machines{"machines", "Machines", {}, {}};
  const explore::Machine* third = equal_speed ? &*equal_speed : nullptr;
  for (const explore::Machine* m : {&ternary, &fp16, third})
    if (m != nullptr) machines.children.push_back(explore::machine_node(input, *m, used));
  root.children.push_back(std::move(machines));
  root.children.push_back(explore::comparison_node(input, ternary, fp16, third));
  for (const char* name : {"fp16_add", "fp16_mul", "int8_add"}) used.insert(name);
  explore::LadderMachines rungs{{ternary, fp16}, {}};
  if (third != nullptr) rungs.machines.push_back(*third);
  root.children.push_back(explore::ladders_node(input, rungs, used));
  root.children.push_back(explore::operator_costs_node({{&technology, 1}, synthesis, accelerator}));
  root.children.push_back(energy::constants_node(technology, used));
  StatisticNode run = run_block(start);
  std::vector<const explore::Machine*> simulated{&ternary, &fp16};
  if (third != nullptr) simulated.push_back(third);
  explore::add_simulation_speed(run, simulated);
  root.children.insert(root.children.begin(), std::move(run));

  const reports::ReportFiles files = reports::write_report(root, options.output);
  print_all(options.json ? reports::json_report(root) : headline(root, files.html.string()));
  if (!generation.verdict.empty()) throw MismatchError("the engines disagree: " + generation.verdict);
  return kOk;
}

}  // namespace ternsim::cli
