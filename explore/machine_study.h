#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/statistic.h"
#include "energy/technology.h"
#include "sim/simulation.h"

namespace ternsim::explore {

/// One simulated machine.
struct Machine {
  std::string name;   ///< of its node: "ternary", "fp16", "fp16_equal_speed"
  std::string title;  ///< for people
  sim::AcceleratorConfig config;
  sim::SimulationResult result;
};

/// What a study runs.
struct StudyInput {
  const model::Graph& graph;
  const sim::Workload& workload;
  const energy::Technology& technology;
  sim::SimulationInput operands;  ///< for the ternary machine; empty: timing only
};

/// Simulates one machine on the study's workload (in a process of its own).
Machine simulate_machine(const StudyInput& input, std::string name, std::string title,
                         const sim::AcceleratorConfig& config);

/// The smallest machine grown from `baseline` that reaches `reference`'s tokens/s (decode where the workload has it,
/// else prefill): first more DRAM channels, up to 32 times, then twice, four, eight times the rows. Empty if none does.
std::optional<Machine> find_equal_speed(const StudyInput& input, const Machine& reference,
                                        const sim::AcceleratorConfig& baseline);

/// Node of one machine: its size, and per phase cycles, rates, energy by part, units with stalls by cause, counts.
/// `used` receives the names of the constants that went in.
StatisticNode machine_node(const StudyInput& input, const Machine& machine, std::set<std::string>& used);

/// Node "comparison": the published ratio and the simulated ones, per phase that both machines ran.
StatisticNode comparison_node(const StudyInput& input, const Machine& ternary, const Machine& fp16,
                              const Machine* equal_speed);

}  // namespace ternsim::explore
