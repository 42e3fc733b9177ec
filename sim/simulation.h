#pragma once

#include <functional>
#include <span>

#include "sim/accelerator.h"
#include "sim/program/workload.h"

namespace ternsim::sim {

/// All passes of one phase together.
struct PhaseResult {
  PassResult total;
  std::int64_t passes = 0;
  std::int64_t tokens = 0;  ///< of all sequences
};

struct SimulationResult {
  PhaseResult prefill;
  PhaseResult decode;
};

struct SimulationInput {
  WeightTable weights;                  ///< empty: timing only
  std::span<const PassRecord> records;  ///< the reference's values pass by pass, or empty
  Timeline* timeline = nullptr;         ///< who hears of every command, or nullptr
};

/// The passes of a workload in order: the prompt, if any, then one per decoded token.
std::vector<model::Pass> passes_of(const Workload& workload);

/// Simulates a workload on an accelerator. Elaborates SystemC: once per process; see explore/isolated_run.h.
/// `progress` hears from time to time which share of the work is done. Values that differ from the reference end it and
/// are named in the phase's `total.mismatch`. Throws RequestError (does not fit) and MismatchError (a conservation law
/// is broken).
SimulationResult simulate(const AcceleratorConfig& accelerator, const model::Graph& graph, const Workload& workload,
                          const SimulationInput& input, const std::function<void(double)>& progress = {});

}  // namespace ternsim::sim
