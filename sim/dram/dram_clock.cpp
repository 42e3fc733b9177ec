#include "sim/dram/dram_clock.h"

#include <algorithm>
#include <cmath>

namespace ternsim::sim {

namespace {

// Times are written in decimal, with four digits or so: what misses a whole number of clocks by less than this is one.
constexpr double kSlack = 1e-3;

std::int64_t up(double value) { return static_cast<std::int64_t>(std::ceil(value - kSlack)); }
std::int64_t down(double value) { return static_cast<std::int64_t>(std::floor(value + kSlack)); }

}  // namespace

DramClocks::DramClocks(const DramConfig& d, double accelerator_hz) {
  const double hz = d.transfers_per_second / d.transfers_per_clock;
  const auto clocks = [hz](double seconds) { return up(seconds * hz); };
  burst = d.burst_length / d.transfers_per_clock;
  rcd = clocks(d.t_rcd_s);
  rp = clocks(d.t_rp_s);
  ras = clocks(d.t_ras_s);
  cl = clocks(d.t_cl_s);
  cwl = clocks(d.t_cwl_s);
  ccd_short = std::max(burst, clocks(d.t_ccd_short_s));
  ccd_long = std::max(ccd_short, clocks(d.t_ccd_long_s));
  rrd = clocks(d.t_rrd_s);
  faw = clocks(d.t_faw_s);
  rtp = clocks(d.t_rtp_s);
  wr = clocks(d.t_wr_s);
  wtr = clocks(d.t_wtr_s);
  rtw = clocks(d.t_rtw_s);
  rfc = clocks(d.t_rfc_s);
  refi = std::max<Clock>(1, down(d.t_refi_s * hz));
  clocks_per_cycle = hz / accelerator_hz;
}

DramClocks::Clock DramClocks::at_cycle(std::int64_t cycle) const {
  return up(static_cast<double>(cycle) * clocks_per_cycle);
}
std::int64_t DramClocks::cycle_of(Clock clock) const { return up(static_cast<double>(clock) / clocks_per_cycle); }
std::int64_t DramClocks::cycles_in(Clock clocks) const { return down(static_cast<double>(clocks) / clocks_per_cycle); }

}  // namespace ternsim::sim
