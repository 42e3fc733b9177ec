#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/statistic.h"
#include "energy/technology.h"
#include "explore/isolated_run.h"
#include "sim/simulation.h"

namespace ternsim::explore {

/// One simulated machine.
struct Machine {
  std::string name;   ///< of its node: "ternary", "fp16", "fp16_equal_speed"
  std::string title;  ///< for people
  sim::AcceleratorConfig config;
  sim::SimulationResult result;
  double wall_seconds = 0;            ///< that the simulation took
  std::optional<TraceSummary> trace;  ///< where one was asked for
};

/// What a study runs.
struct StudyInput {
  const model::Graph& graph;
  const sim::Workload& workload;
  const energy::Technology& technology;
  sim::SimulationInput operands;        ///< for the ternary machine; empty: timing only
  std::optional<TraceOptions> trace{};  ///< of every machine simulated: give it to a study of one
};

/// Simulates one machine on the study's workload (in a process of its own).
Machine simulate_machine(const StudyInput& input, std::string name, std::string title,
                         const sim::AcceleratorConfig& config);

/// The smallest machine grown from `baseline` that reaches `reference`'s tokens/s (decode where the workload has it,
/// else prefill): first more DRAM channels, up to 32 times, then twice, four, eight times the rows. Empty if none does.
std::optional<Machine> find_equal_speed(const StudyInput& input, const Machine& reference,
                                        const sim::AcceleratorConfig& baseline);

/// Node of one machine: its size, and per phase cycles, rates, energy by part, units with stalls by cause, operators
/// under their roofs, counts.
/// `used` receives the names of the constants that went in.
StatisticNode machine_node(const StudyInput& input, const Machine& machine, std::set<std::string>& used);

/// Node "comparison": the published ratio and the simulated ones, per phase that both machines ran.
StatisticNode comparison_node(const StudyInput& input, const Machine& ternary, const Machine& fp16,
                              const Machine* equal_speed);

/// Adds to a block of wall times how fast these machines were simulated: seconds, simulated cycles and
/// multiply-accumulates a second.
void add_simulation_speed(StatisticNode& run, const std::vector<const Machine*>& machines);

}  // namespace ternsim::explore
