#pragma once

#include <cstdint>

#include "sim/program/accelerator_config.h"
#include "sim/scoreboard.h"

namespace ternsim::sim {

/// Closed-form timing of a DRAM behind one DMA engine.
///
/// A descriptor is one sequential stream, spread over all channels burst by burst. Its data takes
///
///     bytes / (channels * channel rate) + rows * exposed_row_s,   stretched by 1 / (1 - tRFC / tREFI)
///
/// where rows = ceil(bytes / (channels * row_bytes)) and exposed_row_s is what of tRP + tRCD the other banks' streaming
/// does not hide: max(0, tRP + tRCD - (banks - 1) * row_bytes / channel rate). A descriptor that does not follow its
/// predecessor directly first pays tRP + tRCD + tCL; a change between reading and writing pays the turnaround. Bank
/// conflicts between descriptors and tFAW are not modelled.
class DramTiming {
 public:
  DramTiming(const DramConfig& config, double clock_hz);

  struct Transfer {
    Cycle latency = 0;       ///< the data bus stands still
    Cycle data = 0;          ///< the data bus moves
    std::int64_t bytes = 0;  ///< moved: asked for, rounded up to bursts
  };
  /// Schedules a transfer that is issued in cycle `now`; calls come in order of time.
  Transfer transfer(Cycle now, std::int64_t bytes, bool write);

 private:
  DramConfig config_;
  double clock_hz_;
  Cycle bus_free_ = -1;
  bool last_write_ = false;
};

}  // namespace ternsim::sim
