#pragma once

#include "sim/dram_timing.h"
#include "sim/processing_unit.h"

namespace ternsim::sim {

/// Moves data between DRAM and the on-chip memories, one descriptor per command. Descriptor set-up of a command
/// overlaps with the data of its predecessor when it directly follows it.
class DmaUnit : public ProcessingUnit {
 public:
  DmaUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config);
  std::int64_t bytes_asked() const { return bytes_asked_; }
  std::int64_t bytes_moved() const { return bytes_moved_; }

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  const AcceleratorConfig& config_;
  DramTiming dram_;
  DramTiming::Transfer transfer_;
  Cycle previous_end_ = -1;
  std::int64_t bytes_asked_ = 0;
  std::int64_t bytes_moved_ = 0;
};

}  // namespace ternsim::sim
