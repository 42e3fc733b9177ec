#pragma once

#include "sim/simulation.h"

namespace ternsim::explore {

/// `sim::simulate` in a child process, so that any number of simulations can be run one after the other: SystemC
/// elaborates once per process. The child inherits weights and records by copy-on-write and sends its result back
/// through a pipe. Errors of the child are thrown here as the same type. Call it before this process elaborates SystemC
/// itself.
sim::SimulationResult simulate_isolated(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                                        const sim::Workload& workload, const sim::SimulationInput& input);

}  // namespace ternsim::explore
