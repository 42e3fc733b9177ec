#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <string>

#include "sim/dram/dram_target.h"
#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// What the DRAM did for the DMA since the simulation began.
struct DramCounters {
  std::int64_t bytes_asked = 0;
  std::int64_t bytes_moved = 0;        ///< whole bursts
  std::int64_t row_activations = 0;    ///< rows opened
  std::int64_t row_hits = 0;           ///< bursts that found their row open
  std::int64_t turnaround_cycles = 0;  ///< the data bus changed between reading and writing
};

/// Moves data between DRAM and the on-chip memories, one descriptor per command. Descriptor set-up of a command
/// overlaps with the data of its predecessor when it directly follows it. The memory is a TLM-2.0 target, see
/// DramTarget.
class DmaUnit : public ProcessingUnit {
 public:
  DmaUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config);
  /// To be bound to a memory.
  tlm_utils::simple_initiator_socket<DmaUnit> memory;
  const DramCounters& dram() const { return counters_; }

 protected:
  Occupancy occupancy(const Command& command) override;
  /// Throws RequestError when the memory refused the command.
  void perform(const Command& command) override;

 private:
  DramTransfer access(const Command& command, Cycle setup);
  DramTransfer unexplained(std::int64_t bytes, Cycle cycles) const;

  const AcceleratorConfig& config_;
  DramTransfer transfer_;
  DramCounters counters_;
  std::string refused_;
  Cycle previous_end_ = -1;
};

}  // namespace ternsim::sim
