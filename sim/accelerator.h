#pragma once

#include <array>
#include <functional>
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
  std::int64_t row_activations = 0;  ///< DRAM rows opened
  std::int64_t row_hits = 0;         ///< DRAM bursts that found their row open
  std::uint64_t sums_checked = 0;
  std::uint64_t commands = 0;
  OperatorTable operators;  ///< by index into Graph::ops
  std::string mismatch;     ///< what differed from the reference first; empty when nothing did

  PassResult& operator+=(const PassResult& other);
};

/// The whole accelerator: sequencer, DMA and DRAM, matrix, vector, attention and LM-head unit. Elaborate once, then run
/// any number of programs; each begins when the last has drained.
class Accelerator : public sc_core::sc_module {
 public:
  /// `memory`: a TLM-2.0 target in the place of the configured DRAM, see DramTarget; must outlive the accelerator.
  Accelerator(const sc_core::sc_module_name& name, const AcceleratorConfig& config, const model::Graph& graph,
              tlm::tlm_target_socket<>* memory = nullptr);

  MatrixUnit& matrix() { return matrix_; }
  /// Who hears of every command; nullptr: nobody. Must outlive the runs.
  void set_timeline(Timeline* timeline);
  /// Who hears from time to time which share of the running program is issued; an empty function: nobody.
  void set_progress(std::function<void(double)> progress) { sequencer_.set_progress(std::move(progress)); }
  /// Runs a program to its end. `record`: the reference's values of this pass, or nullptr. The values that differ from
  /// it are named in the result. Throws MismatchError when a conservation law is broken (cycles per unit, bytes asked =
  /// bytes moved up to burst rounding) or the program hangs.
  PassResult run(const Program& program, const PassRecord* record);

 private:
  AcceleratorConfig config_;
  model::Graph graph_;
  Scoreboard scoreboard_;
  DmaUnit dma_;
  std::unique_ptr<DramTarget> dram_;  // none where the memory is given
  MatrixUnit matrix_;
  VectorUnit vector_;
  AttentionUnit attention_;
  LmHeadUnit lm_head_;
  std::array<ProcessingUnit*, kUnits> units_;
  Sequencer sequencer_;
};

}  // namespace ternsim::sim
