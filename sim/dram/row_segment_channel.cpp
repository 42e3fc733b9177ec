#include "sim/dram/row_segment_channel.h"

#include <algorithm>
#include <bit>

namespace ternsim::sim {

RowSegmentChannel::RowSegmentChannel(const AddressMap& map, const DramClocks& clocks, int banks, int banks_per_group,
                                     int lookahead_bursts)
    : map_(map),
      clocks_(clocks),
      lookahead_(lookahead_bursts),
      banks_(static_cast<std::size_t>(banks)),
      lines_(std::bit_ceil(static_cast<std::size_t>(lookahead_bursts) + 2)),
      next_refresh_(clocks.refi) {
  for (int bank = 0; bank < banks; ++bank) group_of_.push_back(bank / banks_per_group);
  // Where consecutive bursts take turns among all groups, a group comes round again after as many bursts.
  const bool in_turn = map_.steps_in_group(0, 1) == 0;
  const int groups = banks / banks_per_group;
  step_changing_group_ = std::max(clocks_.ccd_short, in_turn ? (clocks_.ccd_long + groups - 1) / groups : 0);
}

ChannelWork RowSegmentChannel::move(const ChannelJob& job) {
  ChannelWork work;
  work.end = bus_free_;
  if (job.bursts.count == 0) return work;
  idle_until(job.seen);
  for (std::int64_t done = 0; done < job.bursts.count;) {
    const RowSegment segment = map_.segment(job.bursts.first + done);
    const std::int64_t wanted = std::min(segment.bursts, job.bursts.count - done);
    const std::int64_t moved = use(segment, wanted, job, work);
    done += moved;
    if (moved < wanted) {
      open_ahead(job.bursts.first + done, job.bursts.count - done, job, work);
      refresh();
    }
  }
  work.end = bus_free_;
  return work;
}

/// Moves bursts of one segment until they are done or a refresh is due; returns how many.
std::int64_t RowSegmentChannel::use(const RowSegment& segment, std::int64_t bursts, const ChannelJob& job,
                                    ChannelWork& work) {
  const Clock latency = clocks_.latency(job.write);
  const std::int64_t ways = map_.ways()();
  const std::int64_t first_of_banks = std::min(bursts, ways);
  std::int64_t way = map_.ways().remainder(segment.offset);
  for (std::int64_t i = 0; i < first_of_banks; ++i) {
    const std::int32_t number = segment.banks[way];
    if (++way == ways) way = 0;
    Bank& bank = banks_[static_cast<std::size_t>(number)];
    const Clock seen_at = seen(moved_, job);
    if (!open(bank, segment.row, seen_at, work)) return i;

    Clock command = std::max({bank.opened + clocks_.rcd, seen_at, bus_free_ - latency});
    const int group = group_of_[static_cast<std::size_t>(number)];
    command = std::max(command, last_command_ + (group == last_group_ ? clocks_.ccd_long : step_changing_group_));
    Clock turned = kLongAgo;
    if (job.write != last_write_) {
      turned = job.write ? bus_free_ + clocks_.rtw : bus_free_ + clocks_.wtr + latency;
      command = std::max(command, turned - latency);
    }
    if (command >= next_refresh_) return i;
    work.charge(std::max(bus_free_, job.seen), command + latency, refreshed_, turned);
    last_command_ = command;
    last_group_ = group;
    last_write_ = job.write;
    bus_free_ = command + latency + clocks_.burst;
    used(bank, command, job.write);
    record(command, 1, 0);
  }
  return first_of_banks + stream(segment, first_of_banks, bursts, job, work);
}

/// The bursts of a segment whose rows all are open: as many as fit before the next refresh.
std::int64_t RowSegmentChannel::stream(const RowSegment& segment, std::int64_t done, std::int64_t bursts,
                                       const ChannelJob& job, ChannelWork& work) {
  std::int64_t count = bursts - done;
  if (count == 0) return 0;
  const std::int64_t offset = segment.offset + done - 1;  // of the burst that went last
  if (last_command_ + span(offset, count) >= next_refresh_) {
    std::int64_t fits = 0;
    std::int64_t too_many = count;
    while (too_many - fits > 1) {
      const std::int64_t middle = (fits + too_many) / 2;
      (last_command_ + span(offset, middle) < next_refresh_ ? fits : too_many) = middle;
    }
    count = fits;
    if (count == 0) return 0;
  }
  const Clock before = last_command_;
  // Each bank's last burst of these: the last `ways` of them.
  const std::int64_t ways = map_.ways()();
  std::int64_t steps = std::max<std::int64_t>(1, count - ways + 1);
  std::int64_t way = map_.ways().remainder(offset + steps);
  for (; steps <= count; ++steps) {
    used(banks_[static_cast<std::size_t>(segment.banks[way])], before + span(offset, steps), job.write);
    last_group_ = group_of_[static_cast<std::size_t>(segment.banks[way])];
    if (++way == ways) way = 0;
  }
  last_command_ = before + span(offset, count);
  bus_free_ = last_command_ + clocks_.latency(job.write) + clocks_.burst;
  work.latency += last_command_ - before - count * clocks_.burst;  // one bank group only
  record(before + span(offset, 1), count, count == 1 ? 0 : (last_command_ - before - span(offset, 1)) / (count - 1));
  return count;
}

/// Clocks of `steps` steps from one burst to the next within a segment.
RowSegmentChannel::Clock RowSegmentChannel::span(std::int64_t offset, std::int64_t steps) const {
  const std::int64_t in_group = map_.steps_in_group(offset, steps);
  return in_group * clocks_.ccd_long + (steps - in_group) * step_changing_group_;
}

/// Opens a row unless a refresh comes first.
bool RowSegmentChannel::open(Bank& bank, std::int64_t row, Clock seen_at, ChannelWork& work) {
  const bool is_open = bank.epoch == epoch_;
  if (is_open && bank.row == row) return true;
  Clock at = is_open ? std::max(bank.may_close, seen_at) + clocks_.rp : std::max(refreshed_, seen_at);
  at = std::max({at, last_activate_ + clocks_.rrd, activates_[next_activate_] + clocks_.faw});
  if (at >= next_refresh_) return false;
  bank.row = row;
  bank.epoch = epoch_;
  bank.opened = at;
  bank.may_close = at + clocks_.ras;
  may_close_all_ = std::max(may_close_all_, bank.may_close);
  any_open_ = true;
  activates_[next_activate_] = last_activate_ = at;
  next_activate_ = (next_activate_ + 1) % 4;
  ++work.activations;
  return true;
}

/// Rows that the controller opens ahead of a refresh, because it sees their bursts, only to close them unused.
void RowSegmentChannel::open_ahead(std::int64_t burst, std::int64_t bursts, const ChannelJob& job, ChannelWork& work) {
  const std::int64_t visible = std::min(bursts, lookahead_);
  const std::int64_t now = moved_;
  std::vector<const Bank*> opened;
  for (std::int64_t done = 0; done < visible;) {
    const RowSegment segment = map_.segment(burst + done);
    const std::int64_t length = std::min(segment.bursts, visible - done);
    for (std::int64_t i = 0; i < std::min(length, map_.ways()()); ++i) {
      Bank& bank = banks_[static_cast<std::size_t>(segment.banks[map_.ways().remainder(segment.offset + i)])];
      if (bank.epoch == epoch_ && bank.row == segment.row) continue;
      if (std::ranges::find(opened, &bank) != opened.end()) return;  // its turn has not come
      if (!open(bank, segment.row, seen(now + done + i, job), work)) return;
      opened.push_back(&bank);
    }
    done += length;
  }
}

/// Closes all rows and refreshes, at the time that it is due or as soon as the rows may be closed.
void RowSegmentChannel::refresh() {
  const Clock begin =
      any_open_ ? std::max(next_refresh_, may_close_all_) + clocks_.rp : std::max(next_refresh_, refreshed_);
  refreshed_ = begin + clocks_.rfc;
  next_refresh_ += clocks_.refi;
  any_open_ = false;
  may_close_all_ = kLongAgo;
  ++epoch_;
}

void RowSegmentChannel::idle_until(Clock clock) {
  if (next_refresh_ > clock) return;
  refresh();
  if (next_refresh_ > clock) return;
  next_refresh_ += (clock - next_refresh_) / clocks_.refi * clocks_.refi;  // those that change nothing
  refresh();
}

/// When the controller sees the burst: as soon as it is known and one that is `lookahead` bursts ahead has its command.
RowSegmentChannel::Clock RowSegmentChannel::seen(std::int64_t burst, const ChannelJob& job) {
  const std::int64_t ahead = burst - lookahead_;
  while (oldest_ + 1 < newest_ && line(oldest_).first + line(oldest_).count <= ahead) ++oldest_;
  if (oldest_ == newest_ || ahead < 0) return job.seen;
  const Line& then = line(oldest_);
  return std::max(job.seen, then.command + std::clamp<std::int64_t>(ahead - then.first, 0, then.count - 1) * then.step);
}

void RowSegmentChannel::record(Clock command, std::int64_t count, Clock step) {
  if (oldest_ != newest_) {
    Line& last = line(newest_ - 1);
    const Clock between = command - (last.command + (last.count - 1) * last.step);
    if ((last.count == 1 || between == last.step) && (count == 1 || between == step)) {
      last.step = between;
      last.count += count;
      moved_ += count;
      return;
    }
  }
  line(newest_) = {moved_, count, command, step};
  ++newest_;
  if (newest_ - oldest_ > lines_.size()) oldest_ = newest_ - lines_.size();
  moved_ += count;
}

void RowSegmentChannel::used(Bank& bank, Clock command, bool write) {
  const Clock close = write ? command + clocks_.cwl + clocks_.burst + clocks_.wr : command + clocks_.rtp;
  bank.may_close = std::max(bank.may_close, close);
  may_close_all_ = std::max(may_close_all_, bank.may_close);
}

}  // namespace ternsim::sim
