#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "sim/program/dram_config.h"

namespace ternsim::sim {

/// What one descriptor cost. Cycles are the accelerator's; latency + turnaround + refresh + data is the time from the
/// descriptor's start until its last byte has moved, on the channel that is done last.
struct DramTransfer {
  std::int64_t latency = 0;     ///< cycles: rows are opened, the first data is on its way, bank groups are waited for
  std::int64_t turnaround = 0;  ///< cycles: the data bus changes between reading and writing
  std::int64_t refresh = 0;     ///< cycles: a refresh is waited for
  std::int64_t data = 0;        ///< cycles: the data bus moves
  std::int64_t bytes = 0;       ///< moved: asked for, widened to whole bursts at both ends
  std::int64_t bursts = 0;
  std::int64_t activations = 0;  ///< rows opened, over all channels
  std::int64_t cycles() const { return latency + turnaround + refresh + data; }
  /// Bursts that found their row open. (A refresh can close a row before its burst has gone: it is opened twice then.)
  std::int64_t row_hits() const { return std::max<std::int64_t>(0, bursts - activations); }
};

/// The timing of a DRAM: when a descriptor's data has moved.
///
/// *Contract:* calls come in the order of their starts. A descriptor that starts in the very cycle in which its
/// predecessor ended follows it directly: its requests then were in the controller's queues since its predecessor
/// started, so that its rows can be open and its first data can follow the last of the predecessor without a gap.
class DramModel {
 public:
  virtual ~DramModel() = default;
  DramModel() = default;
  DramModel(const DramModel&) = delete;
  DramModel& operator=(const DramModel&) = delete;
  /// Moves `bytes` > 0 from (or, `write`, to) `address`, starting in cycle `now`.
  virtual DramTransfer transfer(std::int64_t now, std::uint64_t address, std::int64_t bytes, bool write) = 0;
};

/// The model that `config.model` names, for an accelerator of `clock_hz`. The configuration must have a memory.
std::unique_ptr<DramModel> make_dram_model(const DramConfig& config, double clock_hz);

}  // namespace ternsim::sim
