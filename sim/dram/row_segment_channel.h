#pragma once

#include <cstdint>
#include <vector>

#include "sim/dram/dram_channel.h"

namespace ternsim::sim {

/// A channel in closed form: one step per row segment, whatever its number of bursts.
///
/// For the i-th bank that a segment opens (s: when its first burst is seen; R: the next refresh):
///
///     ACT(i) = max(s, ACT(i-1) + tRRD, ACT(i-4) + tFAW, bank closed since, or max(s, bank may close) + tRP)
///     RD(i)  = max(ACT(i) + tRCD, RD(i-1) + tCCD, data bus free - CL, turnaround)
///
/// and the bursts after the first of each bank follow at tCCD, since their rows are open. As many of them as fit before
/// R are taken at once; then comes the refresh, and the rest of the segment opens its rows again. Against the channel
/// that is simulated clock by clock this leaves out that commands contend for the command bus, and that a later row may
/// be opened while an earlier one waits for its bank.
class RowSegmentChannel : public DramChannel {
 public:
  RowSegmentChannel(const AddressMap& map, const DramClocks& clocks, int banks, int banks_per_group,
                    int lookahead_bursts);
  ChannelWork move(const ChannelJob& job) override;

 private:
  struct Bank {
    std::int64_t row = -1;
    std::int64_t epoch = -1;  // the refresh after which it was opened; of an older one, it is closed
    Clock opened = kLongAgo;
    Clock may_close = kLongAgo;
  };
  /// Bursts that followed each other evenly.
  struct Line {
    std::int64_t first = 0, count = 0;
    Clock command = 0, step = 0;
  };

  std::int64_t use(const RowSegment& segment, std::int64_t bursts, const ChannelJob& job, ChannelWork& work);
  std::int64_t stream(const RowSegment& segment, std::int64_t done, std::int64_t bursts, const ChannelJob& job,
                      ChannelWork& work);
  bool open(Bank& bank, std::int64_t row, Clock seen, ChannelWork& work);
  void open_ahead(std::int64_t burst, std::int64_t bursts, const ChannelJob& job, ChannelWork& work);
  void refresh();
  void idle_until(Clock clock);
  Clock seen(std::int64_t burst, const ChannelJob& job);
  void record(Clock command, std::int64_t count, Clock step);
  void used(Bank& bank, Clock command, bool write);
  Clock span(std::int64_t offset, std::int64_t steps) const;
  Line& line(std::uint64_t number) { return lines_[number & (lines_.size() - 1)]; }

  const AddressMap& map_;
  const DramClocks& clocks_;
  std::int64_t lookahead_;
  Clock step_changing_group_;
  std::vector<Bank> banks_;
  std::vector<int> group_of_;  // by bank
  std::vector<Line> lines_;    // a ring, its size a power of two
  std::uint64_t newest_ = 0, oldest_ = 0;
  std::int64_t moved_ = 0;                                         // bursts since the beginning
  Clock activates_[4] = {kLongAgo, kLongAgo, kLongAgo, kLongAgo};  // the last four, a ring
  unsigned next_activate_ = 0;
  Clock last_activate_ = kLongAgo;
  Clock last_command_ = kLongAgo;
  int last_group_ = -1;
  bool last_write_ = false;
  Clock bus_free_ = kLongAgo;
  Clock next_refresh_;
  Clock refreshed_ = kLongAgo;
  Clock may_close_all_ = kLongAgo;
  bool any_open_ = false;
  std::int64_t epoch_ = 0;
};

}  // namespace ternsim::sim
