// Times and counts that follow from the weights: against a count by hand of random ones, against their own expectation,
// and how they add up and move with the parameters.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/datapaths/window_law.h"
#include "tests/datapath_cases.h"

namespace ternsim::sim {
namespace {

using energy::Action;
using energy::ActionCounts;
using energy::Part;
using test::random_weights;
using test::small_unit;
using test::work_of;

MatmulWork with(const kernels::PackedTernary& weights, std::int64_t tokens) {
  MatmulWork work = work_of(weights.rows(), weights.cols(), tokens);
  work.weights = &weights;
  return work;
}

// Window by window from the weights, in the plainest loops.
TEST(ZeroSkip, CyclesEqualACountByHand) {
  Random random(5);
  for (int run = 0; run < 40; ++run) {
    MatrixUnitConfig config = small_unit(DatapathKind::ZeroSkip);
    config.geometry.rows = static_cast<int>(1 + random.below(7));
    config.geometry.lanes = 2 << random.below(7);
    config.skip_window = config.geometry.lanes * static_cast<int>(1 + random.below(6));
    const auto weights = random_weights(random, static_cast<std::int64_t>(1 + random.below(20)),
                                        static_cast<std::int64_t>(1 + random.below(900)), random.uniform());
    std::int64_t expected = 0;
    for (std::int64_t row0 = 0; row0 < weights.rows(); row0 += config.geometry.rows)
      for (std::int64_t k0 = 0; k0 < weights.cols(); k0 += config.skip_window) {
        std::int64_t busiest = 1;
        for (std::int64_t r = row0; r < std::min<std::int64_t>(row0 + config.geometry.rows, weights.rows()); ++r) {
          std::int64_t n = 0;
          for (std::int64_t k = k0; k < std::min<std::int64_t>(k0 + config.skip_window, weights.cols()); ++k)
            n += weights.weight(r, k) != 0;
          busiest = std::max(busiest, (n + config.geometry.lanes - 1) / config.geometry.lanes);
        }
        expected += busiest;
      }
    const auto datapath = make_datapath(config);
    EXPECT_EQ(datapath->cycles(with(weights, 1)), expected) << run;
    EXPECT_EQ(datapath->cycles(with(weights, 7)), 7 * expected) << run;
  }
}

// 64 rows x 32 windows: the mean over 2048 / rows windows is within five standard errors, which are below 3 %.
TEST(ZeroSkip, ExpectationFitsRandomWeights) {
  Random random(9);
  for (const double zeros : {0.2, 0.42, 0.9}) {
    for (const int rows : {1, 16}) {
      MatrixUnitConfig config = small_unit(DatapathKind::ZeroSkip);
      config.geometry.rows = rows;
      config.skip_window = 128;
      config.zero_gating = true;
      const auto weights = random_weights(random, 256, 4096, zeros);
      const MatmulWork real = with(weights, 3);
      MatmulWork guess = work_of(256, 4096, 3);
      guess.zero_weight_share = zeros;
      const auto datapath = make_datapath(config);
      const auto counted = static_cast<double>(datapath->cycles(real));
      const auto expected = static_cast<double>(datapath->cycles(guess));
      EXPECT_NEAR(expected / counted, 1, 0.02) << zeros << ", " << rows << " rows";
      ActionCounts a;
      ActionCounts b;
      datapath->count(real, 256, a);
      datapath->count(guess, 256, b);
      for (const auto& [key, n] : a.counts) {
        if (n < 20000) continue;
        EXPECT_NEAR(static_cast<double>(b.counts.at(key)) / static_cast<double>(n), 1, 0.03)
            << name_of(key.action) << " at " << key.width_bits << ", zeros " << zeros << ", rows " << rows;
      }
    }
  }
}

// Against the definition for a window small enough to list all of its patterns: 2 rows x 6 weights, 2 lanes.
TEST(WindowLaw, EqualsAllPatterns) {
  const double zeros = 0.3;
  double cycles[4] = {};
  double nonzeros = 0;
  double leaf_adders = 0;
  double busy = 0;
  for (unsigned pattern = 0; pattern < 1U << 12; ++pattern) {
    const int n[2] = {__builtin_popcount(pattern & 63U), __builtin_popcount(pattern >> 6)};
    const double p = std::pow(1 - zeros, n[0] + n[1]) * std::pow(zeros, 12 - n[0] - n[1]);
    cycles[std::max({1, (n[0] + 1) / 2, (n[1] + 1) / 2})] += p;
    nonzeros += p * n[0];
    leaf_adders += p * (n[0] / 2);
    busy += p * ((n[0] + 1) / 2);
  }
  const WindowLaw law = window_law(2, 6, 2, zeros);
  ASSERT_EQ(law.cycles.size(), 4U);
  for (std::size_t c = 1; c < 4; ++c) EXPECT_NEAR(law.cycles[c], cycles[c], 1e-12) << c;
  EXPECT_NEAR(law.mean_cycles, cycles[1] + 2 * cycles[2] + 3 * cycles[3], 1e-12);
  EXPECT_NEAR(law.nonzeros, nonzeros, 1e-12);
  EXPECT_NEAR(law.working[0], leaf_adders, 1e-12);
  EXPECT_NEAR(law.working[1], busy, 1e-12);
}

TEST(WindowLaw, HoldsForWideWindows) {
  const WindowLaw law = window_law(64, 65536, 64, 0.42);
  double sum = 0;
  for (const double p : law.cycles) sum += p;
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(law.nonzeros, 65536 * 0.58, 1e-4);
  EXPECT_GT(law.mean_cycles, 65536 * 0.58 / 64);  // the busiest of 64 rows is busier than the mean
  EXPECT_LT(law.mean_cycles, 65536 * 0.58 / 64 * 1.02);
}

// A filled tree, a level at a time, against counting.
TEST(WorkingAdders, EqualTheDefinition) {
  for (int lanes : {2, 8, 32})
    for (std::int64_t filled = 0; filled <= lanes; ++filled) {
      int level = 0;
      for (std::int64_t half = 1; half < lanes; half *= 2, ++level) {
        std::int64_t expected = 0;
        for (std::int64_t at = 0; at < lanes; at += 2 * half) expected += filled > at + half;
        EXPECT_EQ(working_adders(filled, level, lanes), expected) << filled << " of " << lanes << ", level " << level;
      }
      EXPECT_EQ(working_adders(filled, level, lanes), filled > 0 ? 1 : 0);
    }
}

// Chunks cut between row tiles take the time of the whole and do its work; tables alone are built for each chunk anew.
TEST(Chunks, AddUpToTheWhole) {
  Random random(77);
  for (const DatapathKind kind : {DatapathKind::AdderTree, DatapathKind::ZeroSkip, DatapathKind::BitSerial,
                                  DatapathKind::Int8Mac, DatapathKind::Fp16Mac, DatapathKind::W4A16Mac}) {
    MatrixUnitConfig config = small_unit(kind);
    config.zero_gating = config.ternary();
    const auto weights = random_weights(random, 30, 500, 0.42);
    const MatmulWork whole = with(weights, 6);
    const auto datapath = make_datapath(config);
    ActionCounts together;
    datapath->count(whole, 256, together);
    ActionCounts apart;
    std::int64_t cycles = 0;
    for (std::int64_t row0 = 0; row0 < 30; row0 += 8) {
      MatmulWork part = whole;
      part.row0 = row0;
      part.rows = std::min<std::int64_t>(8, 30 - row0);
      cycles += datapath->cycles(part);
      datapath->count(part, 256, apart);
    }
    EXPECT_EQ(cycles, datapath->cycles(whole)) << name_of(kind);
    EXPECT_EQ(apart.counts, together.counts) << name_of(kind);
  }
}

// More of anything that a machine has never makes a product slower.
TEST(Cycles, FallWithEveryResource) {
  Random random(101);
  for (int run = 0; run < 300; ++run) {
    const auto kind = static_cast<DatapathKind>(random.below(7));
    MatrixUnitConfig config = small_unit(kind);
    if (config.ternary()) {
      config.packing = WeightPacking::Base3;
      config.decoder_weights_per_cycle = static_cast<int>(5 + random.below(200));
    }
    if (kind != DatapathKind::Lut && random.below(2) == 0) config.dataflow = Dataflow::WeightStationary;
    MatmulWork work =
        work_of(static_cast<std::int64_t>(1 + random.below(200)), static_cast<std::int64_t>(1 + random.below(2000)),
                static_cast<std::int64_t>(1 + random.below(20)));
    work.zero_weight_share = random.uniform();
    const std::int64_t before = make_datapath(config)->cycles(work);
    const auto expect_no_slower = [&](const MatrixUnitConfig& better, const char* what) {
      EXPECT_LE(make_datapath(better)->cycles(work), before) << name_of(kind) << ", " << what << ", run " << run;
    };
    MatrixUnitConfig more = config;
    more.decoder_weights_per_cycle *= 2;
    expect_no_slower(more, "decoder");
    more = config;
    more.lut_build_adders *= 2;
    expect_no_slower(more, "builders");
    MatmulWork longer = work;
    longer.cols += 1;
    EXPECT_GE(make_datapath(config)->cycles(longer), before) << name_of(kind);
    longer = work;
    longer.tokens += 1;
    EXPECT_GE(make_datapath(config)->cycles(longer), before) << name_of(kind);
  }
}

}  // namespace
}  // namespace ternsim::sim
