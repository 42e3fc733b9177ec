#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "sim/dram/dram_model.h"

namespace ternsim::sim {
namespace {

/// One channel of 1 byte a cycle at 1 GHz, both clocks alike, bursts of 64 cycles, eight banks; no overheads unless a
/// test sets them.
DramConfig plain() {
  DramConfig d;
  d.memory = "plain";
  d.type = "lpddr5x";
  d.transfers_per_second = 1e9;
  d.transfers_per_clock = 1;
  d.channel_bits = 8;
  d.burst_length = 64;
  d.burst_bytes = 64;
  d.bank_groups = 1;
  d.banks_per_group = 8;
  d.row_bytes = 1024;
  d.rows = 1024;
  d.t_refi_s = 1e-3;
  d.channels = 1;
  d.channel_interleave_bytes = 64;
  d.lookahead_bursts = 64;
  return d;
}

constexpr std::array<DramField, kDramFields> kSameBank{DramField::Bank, DramField::Group, DramField::Row,
                                                       DramField::Column, DramField::Channel};
constexpr std::array<DramField, kDramFields> kRowByRow{DramField::Row, DramField::Bank, DramField::Group,
                                                       DramField::Column, DramField::Channel};

::testing::AssertionResult within(std::int64_t actual, std::int64_t expected, std::int64_t slack) {
  if (actual >= expected - slack && actual <= expected + slack) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << actual << " instead of " << expected << " +- " << slack;
}

/// Each case is derived by hand and holds for the closed form exactly. The channel that is simulated clock by clock
/// issues one command a clock, so that commands which cost nothing in a case still are a few clocks apart: `slack()`.
class DramTiming : public ::testing::TestWithParam<DramModelKind> {
 protected:
  DramModel& make(DramConfig d, double clock_hz = 1e9) {
    d.model = GetParam();
    return *(model_ = make_dram_model(d, clock_hz));
  }
  std::int64_t slack() const { return GetParam() == DramModelKind::RowSegment ? 0 : 4; }

 private:
  std::unique_ptr<DramModel> model_;
};

TEST_P(DramTiming, SequentialStreamRunsAtPeak) {
  const DramTransfer t = make(plain()).transfer(0, 0, 64000, false);
  EXPECT_TRUE(within(t.cycles(), 64000, slack()));  // 64000 bytes at 1 byte a cycle
  EXPECT_EQ(t.data, 64000);
  EXPECT_EQ(t.bytes, 64000);
  EXPECT_EQ(t.bursts, 1000);
  EXPECT_EQ(t.activations, 63);  // 62.5 rows
  EXPECT_EQ(t.row_hits(), 937);
}

// A machine of 400 MHz sees the same 64 us as 25600 cycles.
TEST_P(DramTiming, CyclesAreTheAccelerators) {
  EXPECT_TRUE(within(make(plain(), 400e6).transfer(0, 0, 64000, false).cycles(), 25600, slack()));
}

TEST_P(DramTiming, ChannelsShareTheStream) {
  DramConfig d = plain();
  d.channels = 4;
  const DramTransfer t = make(d).transfer(0, 0, 64000, false);
  EXPECT_EQ(t.data, 16000);
  EXPECT_EQ(t.activations, 4 * 16);  // 15.6 rows of each
  // Five bursts: the first channel has two.
  EXPECT_EQ(make(d).transfer(0, 0, 5 * 64, false).data, 128);
}

TEST_P(DramTiming, AChannelOfItsOwnForEachRegion) {
  DramConfig d = plain();
  d.channels = 2;
  d.mapping = {DramField::Channel, DramField::Row, DramField::Bank, DramField::Column, DramField::Group};
  EXPECT_EQ(make(d).transfer(0, 0, 64000, false).data, 64000);
  // Half of it on either side of the border between the regions of 8 MiB.
  EXPECT_EQ(make(d).transfer(0, 8 * 1024 * 1024 - 32000, 64000, false).data, 32000);
}

TEST_P(DramTiming, ShortTransfersMoveWholeBursts) {
  DramTransfer t = make(plain()).transfer(0, 0, 65, false);
  EXPECT_EQ(t.bytes, 128);
  EXPECT_EQ(t.data, 128);
  t = make(plain()).transfer(0, 60, 10, true);  // across a border of bursts
  EXPECT_EQ(t.bytes, 128);
}

// tRP 10, tRCD 20, tCL 5. Closed banks: 20 + 5. Directly behind it: nothing. After a gap, row still open: 5. Another
// row of the same bank: 10 + 20 + 5.
TEST_P(DramTiming, LatencyIsWhatTheBankLacks) {
  DramConfig d = plain();
  d.t_rp_s = 10e-9;
  d.t_rcd_s = 20e-9;
  d.t_cl_s = 5e-9;
  DramModel& dram = make(d);
  EXPECT_EQ(dram.transfer(0, 0, 256, false).latency, 25);
  EXPECT_EQ(dram.transfer(25 + 256, 256, 256, false).latency, 0);
  EXPECT_EQ(dram.transfer(5000, 512, 256, false).latency, 5);
  EXPECT_EQ(dram.transfer(9000, 8 * 1024, 256, false).latency, 35);
}

// Read data -> 3 -> written data -> tWTR 7 + tCL 5 -> read data.
TEST_P(DramTiming, TurnaroundBothWays) {
  DramConfig d = plain();
  d.t_cl_s = 5e-9;
  d.t_cwl_s = 2e-9;
  d.t_rtw_s = 3e-9;
  d.t_wtr_s = 7e-9;
  DramModel& dram = make(d);
  std::int64_t now = dram.transfer(0, 0, 64, false).cycles();
  DramTransfer t = dram.transfer(now, 64, 64, true);
  EXPECT_EQ(t.turnaround, 3);
  EXPECT_EQ(t.cycles(), 3 + 64);
  now += t.cycles();
  t = dram.transfer(now, 128, 64, false);
  EXPECT_EQ(t.turnaround, 7 + 5);
  now += t.cycles();
  EXPECT_EQ(dram.transfer(now + 100, 192, 64, true).turnaround, 0);  // long over
}

// Ten rows of one bank one after the other: between the last read of a row (its data take another 64 cycles) and the
// first of the next lie tRTP 100, tRP 200 and tRCD 300, so that the bus stands still for 600 - 64. tRAS is long over.
TEST_P(DramTiming, RowMissesOfOneBank) {
  DramConfig d = plain();
  d.mapping = kSameBank;
  d.t_rtp_s = 100e-9;
  d.t_rp_s = 200e-9;
  d.t_rcd_s = 300e-9;
  d.t_ras_s = 500e-9;
  const DramTransfer t = make(d).transfer(0, 0, 10 * 1024, false);
  EXPECT_TRUE(within(t.latency, 300 + 9 * 536, slack()));
  EXPECT_EQ(t.data, 10240);
  EXPECT_EQ(t.activations, 10);
  // With banks taking turns the very same times hide behind the other banks' data.
  d.mapping = kRowByRow;
  EXPECT_TRUE(within(make(d).transfer(0, 0, 10 * 1024, false).latency, 300, slack()));
}

// One burst per row and bank: a row cycle of tRAS 400 + tRP 200 each.
TEST_P(DramTiming, RowCycleBound) {
  DramConfig d = plain();
  d.mapping = kSameBank;
  d.row_bytes = 64;
  d.t_ras_s = 400e-9;
  d.t_rp_s = 200e-9;
  d.t_rcd_s = 100e-9;
  d.t_cl_s = 30e-9;
  EXPECT_EQ(make(d).transfer(0, 0, 20 * 64, false).cycles(), 100 + 30 + 19 * 600 + 64);
}

// A row per burst, all banks in turn: four activates in 400 cycles. The last four of 40 open at 9 x 400 and then take
// their 4 x 64. With tRRD 100 and no window the last opens at 39 x 100.
TEST_P(DramTiming, ActivatesAreRationed) {
  DramConfig d = plain();
  d.mapping = kRowByRow;
  d.row_bytes = 64;
  d.t_faw_s = 400e-9;
  EXPECT_TRUE(within(make(d).transfer(0, 0, 40 * 64, false).cycles(), 9 * 400 + 4 * 64, slack()));
  d.t_faw_s = 0;
  d.t_rrd_s = 100e-9;
  EXPECT_TRUE(within(make(d).transfer(0, 0, 40 * 64, false).cycles(), 39 * 100 + 64, slack()));
}

// Two groups, twice the burst between two reads of the same: a stream that stays in a group runs at half the rate, one
// that changes it with each burst at the peak.
TEST_P(DramTiming, BankGroups) {
  DramConfig d = plain();
  d.bank_groups = 2;
  d.banks_per_group = 4;
  d.t_ccd_short_s = 64e-9;
  d.t_ccd_long_s = 128e-9;
  EXPECT_TRUE(within(make(d).transfer(0, 0, 1024, false).cycles(), 16 * 64, slack()));
  d.mapping = kRowByRow;
  const DramTransfer t = make(d).transfer(0, 0, 1024, false);
  EXPECT_TRUE(within(t.cycles(), 15 * 128 + 64, slack()));
  EXPECT_EQ(t.data, 1024);
}

// A controller that sees one burst ahead learns of a row when the last burst before it has its command: of tRCD 100 its
// 64 cycles of data hide all but 36. One that sees two has another 64 and hides all.
TEST_P(DramTiming, LookAheadHidesActivates) {
  DramConfig d = plain();
  d.mapping = kRowByRow;
  d.t_rcd_s = 100e-9;
  d.lookahead_bursts = 1;
  EXPECT_TRUE(within(make(d).transfer(0, 0, 4 * 1024, false).latency, 100 + 3 * 36, slack()));
  d.lookahead_bursts = 2;
  EXPECT_TRUE(within(make(d).transfer(0, 0, 4 * 1024, false).latency, 100, slack()));
}

// Refreshes of 100 cycles are due at 1000, 2000, ... and wait for the burst of 8 cycles that is under way (tRTP 8), so
// that a stream takes its bytes plus 100 for each refresh that comes before its end: 9096 + 9 x 100, and in the long
// run bytes / (1 - tRFC / tREFI). The channel that is simulated needs a few clocks more to close and open rows each
// time.
TEST_P(DramTiming, RefreshTakesItsShare) {
  DramConfig d = plain();
  d.burst_length = d.burst_bytes = 8;
  d.t_rtp_s = 8e-9;
  d.t_rfc_s = 100e-9;
  d.t_refi_s = 1e-6;
  const DramTransfer t = make(d).transfer(0, 0, 9096, false);
  EXPECT_TRUE(within(t.cycles(), 9096 + 900, 9 * slack()));
  EXPECT_TRUE(within(t.refresh, 900, 9 * slack()));
  const DramTransfer all = make(d).transfer(0, 0, 9'000'000, false);
  EXPECT_TRUE(within(all.cycles(), 10'000'000, 108 + 10'000 * slack()));
  EXPECT_TRUE(within(all.refresh, 1'000'000, 100 + 10'000 * slack()));
}

// A refresh closes every row: what comes behind it opens its row again. Unasked, it costs nothing but that.
TEST_P(DramTiming, RefreshClosesRows) {
  DramConfig d = plain();
  d.t_rcd_s = 20e-9;
  d.t_cl_s = 5e-9;
  d.t_rfc_s = 300e-9;
  d.t_refi_s = 10e-6;
  DramModel& dram = make(d);
  EXPECT_EQ(dram.transfer(0, 0, 64, false).activations, 1);
  EXPECT_EQ(dram.transfer(5000, 64, 64, false).activations, 0);
  DramTransfer t = dram.transfer(15000, 128, 64, false);
  EXPECT_EQ(t.activations, 1);
  EXPECT_EQ(t.latency, 25);
  EXPECT_EQ(t.refresh, 0);
  // In the middle of one: 20000 to 20300.
  t = dram.transfer(20100, 192, 64, false);
  EXPECT_EQ(t.refresh, 200);
  EXPECT_EQ(t.latency, 25);
  // Hundreds of refreshes later.
  EXPECT_EQ(dram.transfer(5'004'999, 192, 64, false).cycles(), 25 + 64);
}

// Directly following descriptors lose nothing to rounding: 1000 x 96 bytes at 3 bytes a cycle are 32000 cycles, though
// the memory's clock is no multiple of the machine's.
TEST_P(DramTiming, RoundingDoesNotAddUp) {
  DramConfig d = plain();
  d.transfers_per_second = 3e9;
  d.burst_length = d.burst_bytes = 32;
  d.channel_interleave_bytes = 32;
  DramModel& dram = make(d);
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) now += dram.transfer(now, i * 32, 32, false).cycles();
  EXPECT_NEAR(static_cast<double>(now), 32000.0 / 3, 1.0 + static_cast<double>(slack()));
}

TEST_P(DramTiming, RefreshWithoutEndIsRefused) {
  DramConfig d = plain();
  d.t_refi_s = 1e-6;
  d.t_rfc_s = 0.9e-6;
  EXPECT_THROW(make(d), RequestError);
}

INSTANTIATE_TEST_SUITE_P(Models, DramTiming, ::testing::Values(DramModelKind::RowSegment, DramModelKind::PerBurst),
                         [](const auto& model) {
                           return model.param == DramModelKind::RowSegment ? "RowSegment" : "PerBurst";
                         });

}  // namespace
}  // namespace ternsim::sim
