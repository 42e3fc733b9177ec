#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <systemc>

#include "sim/attention_unit.h"
#include "sim/dma_unit.h"
#include "sim/lm_head_unit.h"
#include "sim/matrix_unit.h"
#include "sim/sequencer.h"
#include "sim/vector_unit.h"

namespace ternsim::sim {

/// What one pass did.
struct PassResult {
  Cycle cycles = 0;
  std::array<UnitAccounting, kUnits> units;  ///< by Unit
  UnitAccounting sequencer;
  energy::ActionCounts counts;         ///< all actions
  energy::ActionCounts linear_counts;  ///< of them, those that belong to BitLinears
  std::int64_t dram_bytes = 0;
  std::uint64_t matrix_beats = 0;
  std::uint64_t sums_checked = 0;
  std::uint64_t commands = 0;
  std::string mismatch;  ///< what differed from the reference first; empty when nothing did

  PassResult& operator+=(const PassResult& other);
};

/// The whole accelerator: sequencer, DMA and DRAM, matrix, vector, attention and LM-head unit. Elaborate once, then run
/// any number of programs; each begins when the last has drained.
class Accelerator : public sc_core::sc_module {
 public:
  Accelerator(const sc_core::sc_module_name& name, const AcceleratorConfig& config, const model::Graph& graph);

  MatrixUnit& matrix() { return matrix_; }
  /// Runs a program to its end. `record`: the reference's values of this pass, or nullptr. The values that differ from
  /// it are named in the result. Throws MismatchError when a conservation law is broken (cycles per unit, bytes asked =
  /// bytes moved up to burst rounding) or the program hangs.
  PassResult run(const Program& program, const PassRecord* record);

 private:
  AcceleratorConfig config_;
  model::Graph graph_;
  Scoreboard scoreboard_;
  DmaUnit dma_;
  MatrixUnit matrix_;
  VectorUnit vector_;
  AttentionUnit attention_;
  LmHeadUnit lm_head_;
  std::array<ProcessingUnit*, kUnits> units_;
  Sequencer sequencer_;
};

/// What stands on the die of this configuration, for area and leakage.
energy::Inventory inventory_of(const AcceleratorConfig& config);

}  // namespace ternsim::sim
