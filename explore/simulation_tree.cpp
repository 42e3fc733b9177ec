#include "explore/simulation_tree.h"

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <utility>

#include "base/file_hash.h"
#include "energy/report_tree.h"
#include "explore/memory_use.h"

namespace ternsim::explore {

namespace {}  // namespace

void add_content_hashes(StatisticNode& configuration, const model::Graph& graph, const energy::Technology& technology) {
  std::string operators;
  for (const model::Op& op : graph.ops) operators += fmt::format("{} {} {}\n", op.name, op.rows, op.cols);
  std::string constants;
  for (const energy::Constant& c : technology.constants())
    constants += fmt::format("{} {} {} {}\n", c.name, c.low, c.mid, c.high);
  configuration
      .add("operators_hash", "XXH3-64 of names and sizes of the model's operators.", Quantity::Text,
           text_hash(operators))
      .add("constants_hash", "XXH3-64 of the technology's constants.", Quantity::Text, text_hash(constants));
}

namespace {

StatisticNode configuration_node(const StudyInput& input, const sim::AcceleratorConfig& accelerator) {
  const sim::Workload& workload = input.workload;
  const auto count = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  StatisticNode node{"configuration", "Configuration", {}, {}};
  node.add("accelerator", "Name of the accelerator.", Quantity::Text, accelerator.name)
      .add("model", "Name of the model.", Quantity::Text, input.graph.shape.name)
      .add("workload", "Name of the workload, and what the command line has in place of its own.", Quantity::Text,
           workload.name)
      .add("technology", "Name of the technology, and the table that its energies were replaced by.", Quantity::Text,
           input.prices == nullptr ? input.technology.name()
                                   : fmt::format("{}, energies of {}", input.technology.name(), input.prices->origin()))
      .add("prefill_tokens", "Prompt tokens of each sequence, in one pass.", Quantity::Count,
           count(workload.prefill_tokens))
      .add("decode_tokens", "Decode passes of one token of each sequence.", Quantity::Count,
           count(workload.decode_tokens))
      .add("context", "Positions that each sequence holds before.", Quantity::Count, count(workload.context))
      .add("batch", "Sequences side by side.", Quantity::Count, count(workload.batch))
      .add("accelerator_yaml", "The accelerator as configured.", Quantity::Text, accelerator.yaml)
      .add("workload_yaml", "The workload as configured; empty for a list of products.", Quantity::Text, workload.yaml);
  add_content_hashes(node, input.graph, input.technology);
  return node;
}

StatisticNode trace_node(const TraceOptions& options, const TraceSummary& trace) {
  const auto count = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  StatisticNode node{"trace", "Trace", {}, {}};
  node.add("file", "Chrome trace written by this run.", Quantity::Text, options.path.string())
      .add("events", "Slices and counter values in it.", Quantity::Count, count(trace.events))
      .add("last_cycle", "End of its last slice.", Quantity::Cycles, count(trace.last_cycle), Tier::Simulated)
      .add("complete", "Whether everything in the window is in it.", Quantity::Text,
           trace.complete ? std::string("yes")
                          : fmt::format("no, the window has more than {} events: choose a smaller --trace-window or "
                                        "raise --trace-events",
                                        options.max_events));
  return node;
}

}  // namespace

StatisticNode simulation_tree(const StudyInput& input, const Machine& machine) {
  std::set<std::string> used;
  StatisticNode root{"results", "ternsim simulate", {}, {}};
  root.children.push_back(configuration_node(input, machine.config));
  if (machine.trace) root.children.push_back(trace_node(*input.trace, *machine.trace));
  root.children.push_back(machine_node(input, machine, used));
  root.children.push_back(energy::constants_node(input.technology, used));
  return root;
}

std::vector<std::string> simulation_notes(const StudyInput& input, const sim::AcceleratorConfig& config,
                                          const ClockLimits& limits) {
  std::vector<std::string> notes;
  for (std::string note : {shortage(input, config), limits.exceeded(config)})
    if (!note.empty()) notes.push_back(std::move(note));
  return notes;
}

}  // namespace ternsim::explore
