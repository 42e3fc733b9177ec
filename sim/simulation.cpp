#include "sim/simulation.h"

#include <fmt/format.h>

#include "base/error.h"
#include "sim/known_values.h"
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
                          const SimulationInput& input, const std::function<void(double)>& progress) {
  if (sc_core::sc_start_of_simulation_invoked())
    throw RequestError("SystemC elaborates once per process: start the second simulation in a process of its own");
  const std::vector<model::Pass> passes = passes_of(workload);
  if (!input.records.empty() && input.records.size() != passes.size())
    throw RequestError(
        fmt::format("the workload has {} passes, the reference's record {}", passes.size(), input.records.size()));
  Accelerator machine("accelerator", accelerator, graph);
  machine.matrix().set_weights(input.weights, zero_share_of_stored(accelerator, workload));
  machine.set_timeline(input.timeline);
  const ValueProfile profile = known_values(graph, accelerator, workload, input.weights);
  SimulationResult result;
  // What takes the wall time: commands, about as many in every pass; or the values of every token.
  const auto work_of = [&](const model::Pass& pass) {
    return input.records.empty() ? 1.0 : static_cast<double>(pass.tokens);
  };
  double all_work = 0;
  for (const model::Pass& pass : passes) all_work += work_of(pass);
  double work_done = 0;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const double work = work_of(passes[i]);
    if (progress) machine.set_progress([&](double share) { progress((work_done + share * work) / all_work); });
    const bool prefill = workload.prefill_tokens > 0 && i == 0;
    PhaseResult& phase = prefill ? result.prefill : result.decode;
    const PassRecord* record = input.records.empty() ? nullptr : &input.records[i];
    const Program program = map_workload_pass(graph, accelerator, workload, passes[i], profile);
    if (input.timeline != nullptr) input.timeline->begin_pass(passes[i], now_cycle());
    phase.total += machine.run(program, record);
    if (input.timeline != nullptr) input.timeline->end_pass(now_cycle());
    phase.tokens += passes[i].tokens * passes[i].batch;
    ++phase.passes;
    if (!phase.total.mismatch.empty()) return result;
    work_done += work;
    if (progress) progress(work_done / all_work);
  }
  return result;
}

}  // namespace ternsim::sim
