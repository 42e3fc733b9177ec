#pragma once

#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/memory_map.h"

namespace ternsim::sim {

/// Scores, softmax and mix of one layer, over one part of the attended positions after the other with running maxima
/// and sums (online softmax). `lanes` multiply-accumulates a cycle, and `special_lanes` exponentials or divisions
/// beside them; the slower of the two sets the pace. One read of a key or value from the key-value SRAM serves all
/// query heads of its group and `query_tokens` tokens. Timing and counts only.
class AttentionUnit : public ProcessingUnit {
 public:
  AttentionUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
                const model::Graph& graph);

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  void count_memories(const Command& command);
  /// How often each key and value of the command is read.
  std::uint64_t reads_of(const Command& command) const;

  const AcceleratorConfig& config_;
  const model::Graph& graph_;
};

}  // namespace ternsim::sim
