#include "sim/dram_timing.h"

#include <algorithm>
#include <cmath>

namespace ternsim::sim {

DramTiming::DramTiming(const DramConfig& config, double clock_hz) : config_(config), clock_hz_(clock_hz) {}

DramTiming::Transfer DramTiming::transfer(Cycle now, std::int64_t bytes, bool write) {
  Transfer t;
  t.bytes = (bytes + config_.burst_bytes - 1) / config_.burst_bytes * config_.burst_bytes;

  double latency_s = 0;
  if (now != bus_free_) latency_s += config_.t_rp_s + config_.t_rcd_s + config_.t_cl_s;
  if (write != last_write_) latency_s += config_.t_turnaround_s;

  const std::int64_t row_stripe = config_.channels * config_.row_bytes;
  const auto rows = static_cast<double>((t.bytes + row_stripe - 1) / row_stripe);
  const double row_s = static_cast<double>(config_.row_bytes) / config_.channel_bytes_per_second;
  const double exposed_row_s =
      std::max(0.0, config_.t_rp_s + config_.t_rcd_s - (config_.banks_per_channel - 1) * row_s);
  const double stream_s = static_cast<double>(t.bytes) / config_.bytes_per_second() + rows * exposed_row_s;
  const double data_s = stream_s / (1 - config_.t_rfc_s / config_.t_refi_s);

  t.latency = static_cast<Cycle>(std::ceil(latency_s * clock_hz_));
  t.data = static_cast<Cycle>(std::ceil(data_s * clock_hz_));
  bus_free_ = now + t.latency + t.data;
  last_write_ = write;
  return t;
}

}  // namespace ternsim::sim
