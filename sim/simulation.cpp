#include "sim/simulation.h"

#include <fmt/format.h>

#include "base/error.h"
#include "sim/program/mapper.h"

namespace ternsim::sim {

std::vector<model::Pass> passes_of(const Workload& workload) {
  std::vector<model::Pass> passes;
  if (workload.prefill_tokens > 0) passes.push_back({workload.prefill_tokens, workload.context, workload.batch});
  for (std::int64_t i = 0; i < workload.decode_tokens; ++i)
    passes.push_back({1, workload.context + workload.prefill_tokens + i, workload.batch});
  return passes;
}

SimulationResult simulate(const AcceleratorConfig& accelerator, const model::Graph& graph, const Workload& workload,
                          const SimulationInput& input, const std::function<void()>& progress) {
  if (sc_core::sc_start_of_simulation_invoked())
    throw RequestError("SystemC elaborates once per process: start the second simulation in a process of its own");
  const std::vector<model::Pass> passes = passes_of(workload);
  if (!input.records.empty() && input.records.size() != passes.size())
    throw RequestError(
        fmt::format("the workload has {} passes, the reference's record {}", passes.size(), input.records.size()));
  Accelerator machine("accelerator", accelerator, graph);
  machine.matrix().set_weights(input.weights, workload.zero_share);
  SimulationResult result;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const bool prefill = workload.prefill_tokens > 0 && i == 0;
    PhaseResult& phase = prefill ? result.prefill : result.decode;
    const PassRecord* record = input.records.empty() ? nullptr : &input.records[i];
    phase.total += machine.run(map_pass(graph, accelerator, passes[i]), record);
    phase.tokens += passes[i].tokens * passes[i].batch;
    ++phase.passes;
    if (!phase.total.mismatch.empty()) return result;
    if (progress) progress();
  }
  return result;
}

}  // namespace ternsim::sim
