#pragma once

#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// The LM head, and the routers of a mixture of experts: `lanes` FP16 multiplies with FP32 accumulation a cycle on
/// dense weights from the weight SRAM or the on-chip store. The normed activation is read once and held.
/// Timing and counts only.
class LmHeadUnit : public ProcessingUnit {
 public:
  LmHeadUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
             const model::Graph& graph);

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  const AcceleratorConfig& config_;
  const model::Graph& graph_;
};

}  // namespace ternsim::sim
