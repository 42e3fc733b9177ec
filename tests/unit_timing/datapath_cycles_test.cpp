// Cycles of every datapath, derived by hand from the parameters in tests/datapath_cases.h: 4 rows, 16 lanes, 4 slots,
// latency 6.
#include <gtest/gtest.h>

#include "tests/datapath_cases.h"

namespace ternsim::sim {
namespace {

using test::small_unit;
using test::work_of;

std::int64_t cycles(const MatrixUnitConfig& config, const MatmulWork& work) {
  return make_datapath(config)->cycles(work);
}
std::int64_t cycles(const MatrixUnitConfig& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
  return cycles(config, work_of(rows, cols, tokens));
}

MatrixUnitConfig weight_stationary(DatapathKind kind) {
  MatrixUnitConfig config = small_unit(kind);
  config.dataflow = Dataflow::WeightStationary;
  return config;
}

MatrixUnitConfig base3(DatapathKind kind, int weights_per_cycle) {
  MatrixUnitConfig config = small_unit(kind);
  config.packing = WeightPacking::Base3;
  config.decoder_weights_per_cycle = weights_per_cycle;
  return config;
}

// ceil(9 / 4) = 3 row tiles x ceil(40 / 16) = 3 beats x 6 tokens.
TEST(DatapathCycles, AdderTreeIsABeatPerToken) {
  const MatrixUnitConfig config = small_unit(DatapathKind::AdderTree);
  EXPECT_EQ(cycles(config, 9, 40, 6), 3 * 3 * 6);
  EXPECT_EQ(cycles(config, 1, 1, 1), 1);
  EXPECT_EQ(make_datapath(config)->latency(), 1 + 4 + 1);
}

// A beat waits until the partial sums of the one before are back, 6 cycles, unless its 9 tokens take longer; the last
// beat of a row tile is not waited for.
TEST(DatapathCycles, WeightStationaryWaitsForPartialSums) {
  const MatrixUnitConfig config = weight_stationary(DatapathKind::AdderTree);
  EXPECT_EQ(cycles(config, 8, 48, 2), 2 * (2 * 6 + 2));  // 2 row tiles x (2 beats of the latency + 2 tokens)
  EXPECT_EQ(cycles(config, 8, 48, 9), 2 * (2 * 9 + 9));  // tokens hide the latency
  EXPECT_EQ(cycles(config, 8, 16, 2), 2 * 2);            // the only beat: nothing to wait for
}

// A beat of a full tile is 4 x 16 = 64 trits. At 20 a cycle it takes 4 cycles: more than the one or two tokens that use
// it, as many as four.
TEST(DatapathCycles, DecoderHoldsBeatsUp) {
  const MatrixUnitConfig config = base3(DatapathKind::AdderTree, 20);
  EXPECT_EQ(cycles(config, 4, 32, 1), 2 * 4);          // 2 beats x max(1, 4)
  EXPECT_EQ(cycles(config, 4, 32, 4), 2 * 4);          // 2 beats x max(4, 4)
  EXPECT_EQ(cycles(config, 4, 32, 6), 2 * (4 + 4));    // 4 tokens, then 2 with the codes decoded again
  EXPECT_EQ(cycles(config, 5, 32, 1), 2 * 4 + 2 * 1);  // the second tile has one row: 16 trits, one cycle
  EXPECT_EQ(cycles(base3(DatapathKind::AdderTree, 64), 5, 32, 1), 2 * 1 + 2 * 1);
  MatrixUnitConfig stationary = config;
  stationary.dataflow = Dataflow::WeightStationary;
  EXPECT_EQ(cycles(stationary, 4, 32, 1), 6 + 4);  // max(1, latency 6, decode 4), then max(1, 4)
}

// 8 cycles a beat and token; 4-bit activations 4. One register more: latency 7.
TEST(DatapathCycles, BitSerialTakesACycleForEachBit) {
  const MatrixUnitConfig config = small_unit(DatapathKind::BitSerial);
  MatmulWork work = work_of(9, 40, 6);
  EXPECT_EQ(cycles(config, work), 3 * 3 * 6 * 8);
  work.activation_bits = 4;
  EXPECT_EQ(cycles(config, work), 3 * 3 * 6 * 4);
  EXPECT_EQ(make_datapath(config)->latency(), 7);
  EXPECT_EQ(cycles(weight_stationary(DatapathKind::BitSerial), 4, 32, 1), 8 + 8);  // its own 8 cycles hide the 7
  EXPECT_EQ(cycles(base3(DatapathKind::BitSerial, 8), 4, 32, 1), 2 * 8);           // 64 / 8 = 8 cycles, as many
  EXPECT_EQ(cycles(base3(DatapathKind::BitSerial, 5), 4, 32, 1), 2 * 13);          // ceil(64 / 5) = 13
}

// Tables of 4 activations: (81 - 1) / 2 = 40 entries, 40 - 4 = 36 additions, at 4 a cycle 9 cycles. Latency 3 + tree
// over 4 groups, 2 levels = 5.
TEST(DatapathCycles, LutBuildsTablesWhileItUsesOthers) {
  const MatrixUnitConfig config = small_unit(DatapathKind::Lut);
  EXPECT_EQ(make_datapath(config)->latency(), 5);
  EXPECT_EQ(cycles(config, 4, 16, 1), 9 + 1);             // build, use once
  EXPECT_EQ(cycles(config, 40, 16, 1), 9 + 10);           // 10 row tiles use the same tables
  EXPECT_EQ(cycles(config, 8, 48, 1), 9 + 2 * 9 + 2);     // two more builds hide two uses of 2 each
  EXPECT_EQ(cycles(config, 80, 48, 1), 9 + 2 * 20 + 20);  // 20 row tiles hide the builds
  EXPECT_EQ(cycles(config, 80, 48, 3), 9 + 3 * 2 * 20 + 2 * 20 + 20);
  MatrixUnitConfig wide = config;
  wide.lut_build_adders = 36;                                    // a table a cycle
  EXPECT_EQ(cycles(wide, 8, 48, 2), 1 + 2 * 2 * 5 + 1 * 2 + 2);  // a row's next beat waits 5 for its sum, a token's 2
  wide.packing = WeightPacking::Base3;
  wide.decoder_weights_per_cycle = 16;  // 64 trits of a full tile in 4 cycles, 16 of one row in 1
  EXPECT_EQ(cycles(wide, 9, 16, 1), 1 + 4 + 4 + 1);
}

// Groups of 3 on 16 lanes: five tables of 3 and one of 1; 13 entries, 10 additions, at 4 a cycle 3 cycles. Tree over 6
// values: 3 levels.
TEST(DatapathCycles, LutGroupsNeedNotDivideTheLanes) {
  MatrixUnitConfig config = small_unit(DatapathKind::Lut);
  config.lut_group = 3;
  EXPECT_EQ(make_datapath(config)->latency(), 3 + 3);
  EXPECT_EQ(cycles(config, 4, 32, 1), 3 + 6 + 1);  // build, first beat until its sum is back, second beat
}

// Windows of 64 columns on 16 lanes. Row 0 has 64, 1, 0 non-zero weights in its three windows, row 1 has 17 in each.
TEST(DatapathCycles, ZeroSkipWaitsForTheBusiestRow) {
  kernels::PackedTernary weights(2, 160);
  for (std::int64_t k = 0; k < 65; ++k) weights.set_weight(0, k, 1);
  for (std::int64_t w = 0; w < 2; ++w)
    for (std::int64_t k = 0; k < 17; ++k) weights.set_weight(1, 64 * w + k, -1);
  const MatrixUnitConfig config = small_unit(DatapathKind::ZeroSkip);
  MatmulWork work = work_of(2, 160, 1);
  work.weights = &weights;
  // max(64 / 16, ceil(17 / 16)) + max(1, 2) + 1 for the inputs of a window without weights
  EXPECT_EQ(cycles(config, work), 4 + 2 + 1);
  work.tokens = 6;
  EXPECT_EQ(cycles(config, work), 6 * 7);
  EXPECT_EQ(make_datapath(config)->latency(), 7);
  work.tokens = 1;
  EXPECT_EQ(cycles(weight_stationary(DatapathKind::ZeroSkip), work),
            7 + 7 + 1);  // each but the last waits for its sums
  // 2 rows x 64 trits at 40 a cycle: 4 cycles for a window; the last is 32 wide: 2.
  EXPECT_EQ(cycles(base3(DatapathKind::ZeroSkip, 40), work), 0 + 4 + 4 + 2);
  work.row0 = 1;
  work.rows = 1;
  EXPECT_EQ(cycles(config, work), 2 + 2 + 1);  // row 1 alone
}

// Without weights: no zeros, all zeros, and two columns of one row, each zero with probability 1/2.
TEST(DatapathCycles, ZeroSkipExpectsWhatItDoesNotKnow) {
  MatrixUnitConfig config = small_unit(DatapathKind::ZeroSkip);
  EXPECT_EQ(cycles(config, 4, 128, 3), 3 * 2 * 4);  // 2 windows x 64 / 16
  MatmulWork work = work_of(4, 128, 3);
  work.zero_weight_share = 1;
  EXPECT_EQ(cycles(config, work), 3 * 2 * 1);
  config.geometry.rows = 2;
  config.geometry.lanes = 2;
  config.geometry.slots = 1;
  config.skip_window = 4;
  // One row: 4 weights on 2 lanes; P(n <= 2) = 11 / 16. Two rows: both are done in a cycle with (11 / 16)^2, so that a
  // window takes 2 - 121 / 256 cycles; 256 windows take 512 - 121.
  work = work_of(2, 4 * 256, 1);
  work.zero_weight_share = 0.5;
  EXPECT_EQ(cycles(config, work), 512 - 121);
}

// The baselines are as fast as a dense tree of their shape; W4A16's dequantiser is a stage more.
TEST(DatapathCycles, BaselinesAreDense) {
  for (const DatapathKind kind : {DatapathKind::Int8Mac, DatapathKind::Fp16Mac, DatapathKind::W4A16Mac}) {
    EXPECT_EQ(cycles(small_unit(kind), 9, 40, 6), 3 * 3 * 6) << name_of(kind);
    EXPECT_EQ(make_datapath(small_unit(kind))->latency(), kind == DatapathKind::W4A16Mac ? 7 : 6) << name_of(kind);
  }
  EXPECT_EQ(cycles(weight_stationary(DatapathKind::W4A16Mac), 4, 32, 1), 7 + 1);
}

// 100 inputs, 60 % zeros: 40 take a lane, ceil(40 / 16) = 3 beats of a single token; two tokens take all 7.
TEST(DatapathCycles, GatheringLeavesZeroInputsOut) {
  for (const DatapathKind kind : {DatapathKind::AdderTree, DatapathKind::Int8Mac, DatapathKind::Fp16Mac}) {
    MatrixUnitConfig config = small_unit(kind);
    MatmulWork work = work_of(4, 100, 1);
    work.zero_input_share = 0.6;
    EXPECT_EQ(cycles(config, work), 7);
    config.gather_inputs = true;
    EXPECT_EQ(cycles(config, work), 3);
    work.nonzero_inputs = 49;
    EXPECT_EQ(cycles(config, work), 4);
    work.nonzero_inputs = 0;
    EXPECT_EQ(cycles(config, work), 1);  // the beat that carries the sum out
    work.tokens = 2;
    EXPECT_EQ(cycles(config, work), 7 * 2);
  }
}

}  // namespace
}  // namespace ternsim::sim
