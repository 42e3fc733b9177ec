#include "sim/dram/channelled_dram.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "sim/dram/per_burst_channel.h"
#include "sim/dram/row_segment_channel.h"

namespace ternsim::sim {

ChannelledDram::ChannelledDram(const DramConfig& config, double clock_hz)
    : map_(config), clocks_(config, clock_hz), burst_bytes_(config.burst_bytes) {
  const DramClocks& c = clocks_;
  const DramClocks::Clock once =
      c.rfc + c.rp + c.rcd + c.ras + c.cl + c.cwl + c.wr + c.wtr + c.rtw + c.faw + c.rrd + 4 * c.burst;
  if (once >= c.refi)
    throw RequestError(
        fmt::format("{}: one access with its refresh takes {} clocks, the refresh interval is {}; "
                    "t_refi_s must be longer",
                    config.memory, once, c.refi));
  for (int i = 0; i < config.channels; ++i) {
    if (config.model == DramModelKind::PerBurst)
      channels_.push_back(std::make_unique<PerBurstChannel>(map_, clocks_, config.banks(), config.banks_per_group,
                                                            config.lookahead_bursts));
    else
      channels_.push_back(std::make_unique<RowSegmentChannel>(map_, clocks_, config.banks(), config.banks_per_group,
                                                              config.lookahead_bursts));
  }
}

DramTransfer ChannelledDram::transfer(std::int64_t now, std::uint64_t address, std::int64_t bytes, bool write) {
  ChannelJob job;
  job.write = write;
  job.follows = now == last_end_;
  job.start = clocks_.at_cycle(now);
  job.seen = job.follows ? clocks_.at_cycle(last_start_) : job.start;

  DramTransfer t;
  ChannelWork slowest;
  slowest.end = job.seen;
  std::int64_t slowest_bursts = 0;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    job.bursts = map_.range(static_cast<int>(i), address, bytes);
    const ChannelWork work = channels_[i]->move(job);
    t.bursts += job.bursts.count;
    t.activations += work.activations;
    if (job.bursts.count > 0 && work.end > slowest.end) {
      slowest = work;
      slowest_bursts = job.bursts.count;
    }
  }
  t.bytes = t.bursts * burst_bytes_;

  // A descriptor that follows directly may have begun, on this channel, before it was its turn: of what is left of it
  // the data come last. Fractions of a cycle count as data.
  const std::int64_t total = std::max<std::int64_t>(0, clocks_.cycle_of(slowest.end) - now);
  t.data = std::min(total, clocks_.cycles_in(slowest_bursts * clocks_.burst));
  std::int64_t left = total - t.data;
  const auto take = [&](DramClocks::Clock clocks) {
    const std::int64_t cycles = std::min(left, clocks_.cycles_in(clocks));
    left -= cycles;
    return cycles;
  };
  t.refresh = take(slowest.refresh);
  t.turnaround = take(slowest.turnaround);
  t.latency = take(slowest.latency);
  t.data += left;
  last_start_ = now;
  last_end_ = now + total;
  return t;
}

std::unique_ptr<DramModel> make_dram_model(const DramConfig& config, double clock_hz) {
  return std::make_unique<ChannelledDram>(config, clock_hz);
}

}  // namespace ternsim::sim
