#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/dram/dram_channel.h"

namespace ternsim::sim {

/// A channel simulated clock by clock, every burst and every command of its own: the check of RowSegmentChannel.
///
/// One command a clock. Of those that are allowed, a read or write for the oldest burst goes first, else the activate
/// or precharge that the oldest burst needs that needs one. A bank's row is closed only when no older burst still wants
/// it.
///
/// What a later descriptor's bursts do ahead of its start is found by simulating its predecessor again from its start,
/// with both in the queue.
class PerBurstChannel : public DramChannel {
 public:
  PerBurstChannel(const AddressMap& map, const DramClocks& clocks, int banks, int banks_per_group,
                  int lookahead_bursts);
  ChannelWork move(const ChannelJob& job) override;

 private:
  struct Bank {
    std::int64_t row = -1;  // none is open
    Clock opened = kLongAgo;
    Clock may_close = kLongAgo;
    Clock may_open = kLongAgo;
  };
  struct Burst {
    BurstPlace place;
    bool write;
    Clock seen;
    std::int64_t job;
  };
  struct Pending {
    ChannelJob job;
    std::int64_t number;
  };
  struct State {
    Clock now = 0;
    std::vector<Bank> banks;
    std::deque<Burst> queue;
    std::deque<Pending> pending;
    std::array<Clock, 4> activates{kLongAgo, kLongAgo, kLongAgo, kLongAgo};  // oldest first
    std::vector<Clock> group_commands;
    Clock last_command = kLongAgo;
    Clock bus_free = kLongAgo;
    bool last_write = false;
    Clock next_refresh = 0;
    Clock refreshed = kLongAgo;
  };
  /// The next activate or precharge.
  struct RowCommand {
    Clock at;
    std::int32_t bank = -1;
  };

  void run(Clock until);
  void admit();
  void refresh();
  Clock column_time(const Burst& burst, Clock& turned) const;
  void column(const Burst& burst, Clock turned);
  RowCommand next_row_command();
  void row_command(std::int32_t bank);

  const AddressMap& map_;
  const DramClocks& clocks_;
  int banks_per_group_;
  std::size_t lookahead_;
  State state_;
  State at_last_start_;
  std::int64_t jobs_ = 0;
  ChannelWork work_;                     // of the newest job
  std::vector<std::int64_t> looked_at_;  // by bank: the scan that met it last
  std::int64_t scans_ = 0;
};

}  // namespace ternsim::sim
