#pragma once

#include <string>
#include <vector>

#include "base/statistic.h"
#include "energy/technology.h"
#include "explore/clock_limit.h"
#include "explore/machine_study.h"
#include "model/graph.h"

namespace ternsim::explore {

/// The results of one simulated machine, as `ternsim simulate` and the library's users get them: what was simulated,
/// the trace's summary where there is one, the machine, and the constants that its figures rest on. Nothing in it
/// differs between two runs.
StatisticNode simulation_tree(const StudyInput& input, const Machine& machine);

/// Adds `operators_hash` and `constants_hash`: what the model and the technology are, whatever they are called.
void add_content_hashes(StatisticNode& configuration, const model::Graph& graph, const energy::Technology& technology);

/// One line each for people about what the figures take for granted: a DRAM with room for the workload, a clock that
/// the adder tree can reach. None where both hold.
std::vector<std::string> simulation_notes(const StudyInput& input, const sim::AcceleratorConfig& config,
                                          const ClockLimits& limits);

}  // namespace ternsim::explore
