#pragma once

#include <optional>
#include <vector>

#include "explore/timeline_recorder.h"
#include "explore/trace_writer.h"
#include "sim/simulation.h"

namespace ternsim::explore {

/// `sim::simulate` in a child process, so that any number of simulations can be run one after the other: SystemC
/// elaborates once per process. The child inherits weights and records by copy-on-write and sends its result back
/// through a pipe. Errors of the child are thrown here as the same type. Call it before this process elaborates SystemC
/// itself.
sim::SimulationResult simulate_isolated(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                                        const sim::Workload& workload, const sim::SimulationInput& input);

/// A simulation with what stands beside its result.
struct IsolatedRun {
  sim::SimulationResult result;
  double wall_seconds = 0;              ///< of mapping, elaboration and simulation, in the child
  std::optional<TraceSummary> trace;    ///< where one was asked for
  std::vector<PassTimeline> timelines;  ///< of typical_passes(), where they were asked for
};
/// The same; the child writes the trace that is asked for while it simulates. Throws RequestError when it cannot, and
/// when a trace and timelines are asked for at once.
IsolatedRun run_isolated(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                         const sim::Workload& workload, const sim::SimulationInput& input,
                         const std::optional<TraceOptions>& trace, bool timelines = false);

}  // namespace ternsim::explore
