#include "sim/dram/per_burst_channel.h"

#include <algorithm>
#include <limits>

namespace ternsim::sim {

namespace {
constexpr DramClocks::Clock kNever = std::numeric_limits<DramClocks::Clock>::max();
}  // namespace

PerBurstChannel::PerBurstChannel(const AddressMap& map, const DramClocks& clocks, int banks, int banks_per_group,
                                 int lookahead_bursts)
    : map_(map),
      clocks_(clocks),
      banks_per_group_(banks_per_group),
      lookahead_(static_cast<std::size_t>(lookahead_bursts)),
      looked_at_(static_cast<std::size_t>(banks)) {
  state_.banks.resize(static_cast<std::size_t>(banks));
  state_.group_commands.assign(static_cast<std::size_t>(banks / banks_per_group), kLongAgo);
  state_.next_refresh = clocks.refi;
  at_last_start_ = state_;
}

ChannelWork PerBurstChannel::move(const ChannelJob& job) {
  if (job.follows)
    state_ = at_last_start_;
  else
    run(job.start);
  ++jobs_;
  work_ = {};
  if (job.bursts.count > 0) state_.pending.push_back({job, jobs_});
  run(job.start);
  at_last_start_ = state_;
  run(kNever);
  work_.end = state_.bus_free;
  return work_;
}

/// Goes on until nothing is left to do, or to clock `until`.
void PerBurstChannel::run(Clock until) {
  State& s = state_;
  bool changed = true;
  RowCommand row;
  while (s.now < until) {
    if (changed) admit();
    const bool idle = s.queue.empty() && s.pending.empty();
    if (idle && until == kNever) return;
    if (s.now >= s.next_refresh) {
      refresh();
      changed = true;
      continue;
    }
    Clock next = std::min(until, s.next_refresh);
    if (s.queue.empty()) {
      // A closed memory that nobody asks is refreshed again and again; only the last time is of interest.
      const bool closed = std::ranges::all_of(s.banks, [](const Bank& b) { return b.row < 0; });
      if (idle && closed && until > s.next_refresh)
        s.next_refresh += (until - s.next_refresh) / clocks_.refi * clocks_.refi;
      next = idle ? std::min(until, s.next_refresh) : std::min(next, std::max(s.now + 1, s.pending.front().job.seen));
      s.now = next;
      changed = true;
      continue;
    }
    Clock turned = kLongAgo;
    const Clock at = column_time(s.queue.front(), turned);
    if (at <= s.now) {
      column(s.queue.front(), turned);
      s.queue.pop_front();
      ++s.now;
      changed = true;
      continue;
    }
    if (changed) row = next_row_command();
    changed = false;
    if (row.bank >= 0 && row.at <= s.now) {
      row_command(row.bank);
      ++s.now;
      changed = true;
      continue;
    }
    next = std::min(next, at);
    if (row.bank >= 0) next = std::min(next, row.at);
    if (s.queue.size() < lookahead_ && !s.pending.empty() && s.pending.front().job.seen > s.now) {
      next = std::min(next, s.pending.front().job.seen);
      changed = true;
    }
    s.now = next;
  }
}

void PerBurstChannel::admit() {
  State& s = state_;
  while (s.queue.size() < lookahead_ && !s.pending.empty() && s.pending.front().job.seen <= s.now) {
    Pending& p = s.pending.front();
    s.queue.push_back({map_.place(p.job.bursts.first), p.job.write, p.job.seen, p.number});
    ++p.job.bursts.first;
    if (--p.job.bursts.count == 0) s.pending.pop_front();
  }
}

void PerBurstChannel::refresh() {
  State& s = state_;
  Clock begin = s.now;
  bool any_open = false;
  for (const Bank& bank : s.banks) {
    any_open = any_open || bank.row >= 0;
    if (bank.row >= 0) begin = std::max(begin, bank.may_close);
  }
  if (any_open) begin += clocks_.rp;
  for (const Bank& bank : s.banks)
    if (bank.row < 0) begin = std::max(begin, bank.may_open);  // a precharge that is under way
  s.refreshed = begin + clocks_.rfc;
  for (Bank& bank : s.banks) {
    bank.row = -1;
    bank.may_open = s.refreshed;
  }
  s.now = s.refreshed;
  s.next_refresh += clocks_.refi;
}

/// The earliest clock of the burst's read or write; kNever while its row is not open.
PerBurstChannel::Clock PerBurstChannel::column_time(const Burst& burst, Clock& turned) const {
  const State& s = state_;
  const Bank& bank = s.banks[static_cast<std::size_t>(burst.place.bank)];
  if (bank.row != burst.place.row) return kNever;
  const Clock latency = clocks_.latency(burst.write);
  Clock at = std::max({bank.opened + clocks_.rcd, s.last_command + clocks_.ccd_short,
                       s.group_commands[static_cast<std::size_t>(burst.place.group)] + clocks_.ccd_long,
                       s.bus_free - latency});
  if (burst.write != s.last_write) {
    turned = burst.write ? s.bus_free + clocks_.rtw : s.bus_free + clocks_.wtr + latency;
    at = std::max(at, turned - latency);
  }
  return at;
}

/// Reads or writes in this clock.
void PerBurstChannel::column(const Burst& burst, Clock turned) {
  State& s = state_;
  const Clock data = s.now + clocks_.latency(burst.write);
  if (burst.job == jobs_) work_.charge(std::max(s.bus_free, burst.seen), data, s.refreshed, turned);
  Bank& bank = s.banks[static_cast<std::size_t>(burst.place.bank)];
  bank.may_close = std::max(bank.may_close, burst.write ? data + clocks_.burst + clocks_.wr : s.now + clocks_.rtp);
  s.group_commands[static_cast<std::size_t>(burst.place.group)] = s.last_command = s.now;
  s.bus_free = data + clocks_.burst;
  s.last_write = burst.write;
}

PerBurstChannel::RowCommand PerBurstChannel::next_row_command() {
  const State& s = state_;
  const Clock activate = std::max(s.activates.back() + clocks_.rrd, s.activates.front() + clocks_.faw);  // tRRD, tFAW
  RowCommand next{kNever, -1};
  ++scans_;
  for (const Burst& burst : s.queue) {
    const auto number = static_cast<std::size_t>(burst.place.bank);
    if (looked_at_[number] == scans_) continue;  // an older burst has the bank first
    looked_at_[number] = scans_;
    const Bank& bank = s.banks[number];
    if (bank.row == burst.place.row) continue;
    const Clock at = std::max(s.now, bank.row >= 0 ? bank.may_close : std::max(bank.may_open, activate));
    if (at < next.at) next = {at, burst.place.bank};
  }
  return next;
}

/// Closes the bank's row in this clock, or opens the row that the oldest burst of the bank wants.
void PerBurstChannel::row_command(std::int32_t number) {
  State& s = state_;
  Bank& bank = s.banks[static_cast<std::size_t>(number)];
  if (bank.row >= 0) {
    bank.row = -1;
    bank.may_open = s.now + clocks_.rp;
    return;
  }
  const auto burst = std::ranges::find_if(s.queue, [&](const Burst& b) { return b.place.bank == number; });
  bank.row = burst->place.row;
  bank.opened = s.now;
  bank.may_close = s.now + clocks_.ras;
  std::ranges::rotate(s.activates, s.activates.begin() + 1);
  s.activates.back() = s.now;
  if (burst->job == jobs_) ++work_.activations;
}

}  // namespace ternsim::sim
