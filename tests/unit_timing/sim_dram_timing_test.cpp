#include "sim/dram_timing.h"

#include <gtest/gtest.h>

namespace ternsim::sim {
namespace {

/// One channel of 1 byte a cycle at 1 GHz, no overheads unless a test sets them.
DramConfig plain() {
  DramConfig d;
  d.type = "lpddr5x";
  d.channels = 1;
  d.channel_bytes_per_second = 1e9;
  d.banks_per_channel = 8;
  d.row_bytes = 1024;
  d.burst_bytes = 64;
  d.t_refi_s = 1e-6;
  return d;
}

TEST(DramTiming, SequentialStreamRunsAtPeak) {
  DramTiming dram(plain(), 1e9);
  const auto t = dram.transfer(0, 64000, false);
  EXPECT_EQ(t.data, 64000);  // 64000 bytes at 1 byte a cycle
  EXPECT_EQ(t.latency, 0);
  EXPECT_EQ(t.bytes, 64000);
}

TEST(DramTiming, ChannelsShareTheStream) {
  DramConfig d = plain();
  d.channels = 4;
  EXPECT_EQ(DramTiming(d, 1e9).transfer(0, 64000, false).data, 16000);
}

TEST(DramTiming, ShortTransfersMoveWholeBursts) {
  DramTiming dram(plain(), 1e9);
  const auto t = dram.transfer(0, 65, false);
  EXPECT_EQ(t.bytes, 128);
  EXPECT_EQ(t.data, 128);
}

// 10 + 20 + 5 ns for the first; a descriptor that starts where the last one ended pays nothing, a later one again.
TEST(DramTiming, LatencyIsPaidAfterAGapOnly) {
  DramConfig d = plain();
  d.t_rp_s = 10e-9;
  d.t_rcd_s = 20e-9;
  d.t_cl_s = 5e-9;
  DramTiming dram(d, 1e9);
  EXPECT_EQ(dram.transfer(0, 640, false).latency, 35);
  EXPECT_EQ(dram.transfer(35 + 640, 640, false).latency, 0);
  EXPECT_EQ(dram.transfer(5000, 640, false).latency, 35);
}

TEST(DramTiming, TurnaroundBothWays) {
  DramConfig d = plain();
  d.t_turnaround_s = 7e-9;
  DramTiming dram(d, 1e9);
  EXPECT_EQ(dram.transfer(0, 64, false).latency, 0);
  EXPECT_EQ(dram.transfer(64, 64, true).latency, 7);
  EXPECT_EQ(dram.transfer(135, 64, false).latency, 7);
}

// Eight banks hide a row change of 3000 cycles behind 7 x 1024 cycles of the others; a single bank hides nothing.
TEST(DramTiming, RowChangesShowWhereBanksDoNotHideThem) {
  DramConfig d = plain();
  d.t_rp_s = 1000e-9;
  d.t_rcd_s = 2000e-9;
  EXPECT_EQ(DramTiming(d, 1e9).transfer(0, 10240, false).data, 10240);
  d.banks_per_channel = 1;
  EXPECT_EQ(DramTiming(d, 1e9).transfer(0, 10240, false).data, 10240 + 10 * 3000);
}

// A tenth of the time goes to refresh: 9000 bytes take 10000 cycles.
TEST(DramTiming, RefreshTakesItsShare) {
  DramConfig d = plain();
  d.burst_bytes = 8;
  d.t_rfc_s = 1e-7;
  EXPECT_NEAR(static_cast<double>(DramTiming(d, 1e9).transfer(0, 9000, false).data), 10000, 1);
}

}  // namespace
}  // namespace ternsim::sim
