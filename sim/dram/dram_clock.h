#pragma once

#include <cstdint>

#include "sim/program/dram_config.h"

namespace ternsim::sim {

/// The parameters of a DRAM in clocks of its command bus, each rounded up as a controller has to, the refresh interval
/// rounded down.
struct DramClocks {
  using Clock = std::int64_t;

  DramClocks(const DramConfig& config, double accelerator_hz);

  Clock burst, rcd, rp, ras, cl, cwl, ccd_short, ccd_long, rrd, faw, rtp, wr, wtr, rtw, rfc, refi;
  double clocks_per_cycle;  ///< DRAM clocks in one cycle of the accelerator

  /// From a column command to its first data.
  Clock latency(bool write) const { return write ? cwl : cl; }
  /// The first DRAM clock that begins in or after an accelerator cycle.
  Clock at_cycle(std::int64_t cycle) const;
  /// The first accelerator cycle that begins at or after a DRAM clock.
  std::int64_t cycle_of(Clock clock) const;
  /// A duration in whole cycles, rounded down.
  std::int64_t cycles_in(Clock clocks) const;
};

}  // namespace ternsim::sim
