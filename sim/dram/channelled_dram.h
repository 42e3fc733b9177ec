#pragma once

#include <memory>
#include <vector>

#include "sim/dram/dram_channel.h"
#include "sim/dram/dram_model.h"

namespace ternsim::sim {

/// All channels of a memory, each with the share of a descriptor that the address mapping gives it. The descriptor is
/// over when the last channel is done; its cycles by cause are that channel's.
class ChannelledDram : public DramModel {
 public:
  /// Throws RequestError where refreshes leave no time for anything else.
  ChannelledDram(const DramConfig& config, double clock_hz);
  DramTransfer transfer(std::int64_t now, std::uint64_t address, std::int64_t bytes, bool write) override;

 private:
  AddressMap map_;
  DramClocks clocks_;
  int burst_bytes_;
  std::vector<std::unique_ptr<DramChannel>> channels_;
  std::int64_t last_start_ = -1;  // cycles
  std::int64_t last_end_ = -1;
};

}  // namespace ternsim::sim
