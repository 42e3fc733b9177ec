#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/statistic.h"
#include "energy/energy_model.h"
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
  double wall_seconds = 0;                ///< that the simulation took
  std::optional<TraceSummary> trace;      ///< where one was asked for
  std::vector<PassTimeline> timelines{};  ///< of typical passes, where they were asked for
};

/// What a study runs.
struct StudyInput {
  const model::Graph& graph;
  const sim::Workload& workload;
  const energy::Technology& technology;
  sim::SimulationInput operands;                         ///< for the ternary machine; empty: timing only
  std::optional<TraceOptions> trace{};                   ///< of every machine simulated: give it to a study of one
  const energy::EnergyReferenceTable* prices = nullptr;  ///< in place of the technology's energies, or nullptr
  bool timelines = false;                                ///< of every machine simulated; not together with a trace
};

/// Simulates one machine on the study's workload (in a process of its own).
Machine simulate_machine(const StudyInput& input, std::string name, std::string title,
                         const sim::AcceleratorConfig& config);

/// "fp16_equal_speed" of "FP16" and "equal_speed".
std::string node_name(std::string_view format, std::string_view condition);
/// Prices of what stands on a machine's die and behind it.
energy::EnergyModel energy_model(const StudyInput& input, const sim::AcceleratorConfig& config);
/// Adds to a machine on an FPGA what its joules and areas are: `energy_note`. Nothing to others.
void add_energy_note(StatisticNode& machine, const StudyInput& input, const sim::AcceleratorConfig& config);
/// Weight-activation pairs of all BitLinears of a phase.
double weight_input_pairs(const StudyInput& input, const sim::PhaseResult& result);
double tokens_per_second(const sim::PhaseResult& phase);
/// The phase that speed is judged by: decode where the workload has any, else prefill.
const sim::PhaseResult& speed_phase(const sim::SimulationResult& result);

/// Node of one machine: its size, and per phase cycles, rates, energy by part, units with stalls by cause, operators
/// under their roofs, counts, and where it was asked for the timeline of one pass.
/// `used` receives the names of the constants that went in.
StatisticNode machine_node(const StudyInput& input, const Machine& machine, std::set<std::string>& used);

/// Node "comparison": the published ratio and the simulated ones, per phase that both machines ran.
StatisticNode comparison_node(const StudyInput& input, const Machine& ternary, const Machine& fp16,
                              const Machine* equal_speed);

/// Adds to a block of wall times how fast these machines were simulated: seconds, simulated cycles and
/// multiply-accumulates a second.
void add_simulation_speed(StatisticNode& run, const std::vector<const Machine*>& machines);

}  // namespace ternsim::explore
