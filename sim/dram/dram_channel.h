#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/dram/address_map.h"
#include "sim/dram/dram_clock.h"

namespace ternsim::sim {

/// A descriptor's share of one channel, in DRAM clocks.
struct ChannelJob {
  BurstRange bursts;
  bool write = false;
  DramClocks::Clock seen = 0;   ///< from then on the controller knows the bursts
  DramClocks::Clock start = 0;  ///< the descriptor's; later than `seen` where it follows its predecessor directly
  bool follows = false;
};

struct ChannelWork {
  DramClocks::Clock end = 0;  ///< its last data has moved
  DramClocks::Clock turnaround = 0, refresh = 0, latency = 0;
  std::int64_t activations = 0;

  /// Charges the time in which the data bus stood still before a burst, from `since` to `data`: first to a refresh that
  /// ended at `refreshed`, then to a change of direction that was good for data at `turned`, the rest to latency.
  void charge(DramClocks::Clock since, DramClocks::Clock data, DramClocks::Clock refreshed, DramClocks::Clock turned) {
    const DramClocks::Clock r = std::clamp(refreshed, since, data);
    const DramClocks::Clock t = std::clamp(turned, r, data);
    refresh += r - since;
    turnaround += t - r;
    latency += data - t;
  }
};

/// One channel: a controller that keeps rows open, moves bursts in the order of the stream and sees `lookahead_bursts`
/// of them at a time, so that it can close and open rows ahead of the data. All channels refresh all banks at every
/// multiple of tREFI, wherever the stream is: no command is issued from then on until the open rows are closed, tRP and
/// tRFC are over.
class DramChannel {
 public:
  using Clock = DramClocks::Clock;
  static constexpr Clock kLongAgo = -(Clock{1} << 60);

  virtual ~DramChannel() = default;
  DramChannel() = default;
  DramChannel(const DramChannel&) = delete;
  DramChannel& operator=(const DramChannel&) = delete;
  /// Jobs come in the order of their starts; a job may be empty.
  virtual ChannelWork move(const ChannelJob& job) = 0;
};

}  // namespace ternsim::sim
