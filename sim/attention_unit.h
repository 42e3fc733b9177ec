#pragma once

#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// Scores, softmax and mix of one layer. `lanes` multiply-accumulates a cycle on keys and values as they stream in, and
/// one special unit (exp, division) per 16 lanes beside them; the slower of the two sets the pace. Timing and counts
/// only.
class AttentionUnit : public ProcessingUnit {
 public:
  AttentionUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
                const model::Graph& graph);
  static int special_lanes(int lanes) { return lanes < 16 ? 1 : lanes / 16; }

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  const AcceleratorConfig& config_;
  const model::Graph& graph_;
};

}  // namespace ternsim::sim
