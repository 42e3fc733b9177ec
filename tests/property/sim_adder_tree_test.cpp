#include "sim/datapaths/adder_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "sim/datapaths/weight_rows.h"

namespace ternsim::sim {
namespace {

/// Gated adds of a row by level, the accumulator last.
std::vector<std::uint64_t> gated_adds(const kernels::PackedTernary& weights, std::int64_t row, int lanes) {
  const std::int64_t beats = (weights.cols() + lanes - 1) / lanes;
  std::vector<std::uint64_t> bits(static_cast<std::size_t>((beats * lanes + 63) / 64));
  nonzero_bits(weights, row, 0, weights.cols(), bits);
  std::size_t levels = 0;
  while ((1 << levels) < lanes) ++levels;
  std::vector<std::uint64_t> gated(levels + 1, 0);
  count_gated_adds(bits, lanes, beats, gated);
  return gated;
}

TEST(AdderTree, EqualsALoopForRandomBeats) {
  Random random(3);
  for (const int lanes : {2, 4, 16, 32, 64, 128, 256, 1024}) {
    AdderTree tree(lanes);
    std::vector<std::int8_t> w(static_cast<std::size_t>(lanes));
    std::vector<std::int8_t> x(static_cast<std::size_t>(lanes));
    for (int n = 0; n < 2000; ++n) {
      std::int32_t expected = 0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        w[i] = static_cast<std::int8_t>(static_cast<int>(random.below(3)) - 1);
        x[i] = n == 0 ? std::int8_t{-128} : static_cast<std::int8_t>(random.below(256));
        expected += w[i] * x[i];
      }
      ASSERT_EQ(tree.sum(w.data(), x.data()), expected) << lanes << " lanes, vector " << n;
    }
  }
}

// Each of the beats goes through a tree of its own; the accumulator adds them up. -128 x -1 is the one product that a
// byte does not hold.
TEST(AdderTree, AddsBeatsUpAtTheExtremes) {
  for (const int lanes : {2, 32, 64, 128, 512, 1024}) {
    for (const int beats : {1, 3, 28}) {
      AdderTree tree(lanes);
      const std::vector<std::int8_t> minus(static_cast<std::size_t>(lanes * beats), std::int8_t{-1});
      const std::vector<std::int8_t> plus(minus.size(), std::int8_t{1});
      const std::vector<std::int8_t> low(minus.size(), std::int8_t{-128});
      EXPECT_EQ(tree.sum(minus.data(), low.data(), beats), 128 * lanes * beats);
      EXPECT_EQ(tree.sum(plus.data(), low.data(), beats), -128 * lanes * beats);
    }
  }
}

// The definition, node by node, for trees on both sides of a 64-bit word.
TEST(GatedAdds, EqualsTheDefinitionForEveryWidth) {
  Random random(17);
  for (const int lanes : {2, 8, 32, 64, 128, 1024}) {
    for (const std::int64_t cols : {std::int64_t{1}, std::int64_t{lanes} - 1, std::int64_t{3} * lanes + 5}) {
      kernels::PackedTernary w(1, cols);
      for (std::int64_t k = 0; k < cols; ++k) w.set_weight(0, k, random.below(3) == 0 ? 1 : 0);
      std::vector<std::uint64_t> expected;
      const std::int64_t beats = (cols + lanes - 1) / lanes;
      std::vector<char> live(static_cast<std::size_t>(beats * lanes), 0);
      for (std::int64_t k = 0; k < cols; ++k) live[static_cast<std::size_t>(k)] = w.weight(0, k) != 0;
      while (live.size() > static_cast<std::size_t>(beats)) {
        std::vector<char> up;
        expected.push_back(0);
        for (std::size_t i = 0; i < live.size(); i += 2) {
          expected.back() += live[i] != 0 && live[i + 1] != 0 ? 0 : 1;
          up.push_back(live[i] != 0 || live[i + 1] != 0);
        }
        live = up;
      }
      expected.push_back(static_cast<std::uint64_t>(std::count(live.begin(), live.end(), 0)));
      EXPECT_EQ(gated_adds(w, 0, lanes), expected) << lanes << " lanes, " << cols << " columns";
    }
  }
}

// All 3^4 weight patterns of four lanes: two leaf adders (lanes 0+1 and 2+3), one root, one accumulator. An adder is
// gated exactly when the weights on its left or those on its right are all zero.
TEST(GatedAdds, EqualsTheDefinitionExhaustively) {
  for (int code = 0; code < 81; ++code) {
    kernels::PackedTernary w(1, 4);
    bool live[4];
    for (int i = 0, c = code; i < 4; ++i, c /= 3) {
      w.set_weight(0, i, c % 3 - 1);
      live[i] = c % 3 != 1;
    }
    const auto gated = gated_adds(w, 0, 4);
    ASSERT_EQ(gated.size(), 3U);
    EXPECT_EQ(gated[0], static_cast<unsigned>(!(live[0] && live[1])) + static_cast<unsigned>(!(live[2] && live[3])));
    EXPECT_EQ(gated[1], static_cast<unsigned>(!((live[0] || live[1]) && (live[2] || live[3]))));
    EXPECT_EQ(gated[2], static_cast<unsigned>(!(live[0] || live[1] || live[2] || live[3])));
  }
}

// 65 columns on 64 lanes: the second beat holds one weight, its other lanes are padding and gated.
TEST(GatedAdds, PaddingCountsAsZero) {
  kernels::PackedTernary w(1, 65);
  for (int k = 0; k < 65; ++k) w.set_weight(0, k, 1);
  const auto gated = gated_adds(w, 0, 64);
  EXPECT_EQ(gated, (std::vector<std::uint64_t>{32, 16, 8, 4, 2, 1, 0}));
}

TEST(GatedAdds, ExpectationFitsRandomWeights) {
  Random random(11);
  const double zero_share = 0.42;
  const std::int64_t beats = 20000;
  kernels::PackedTernary w(1, beats * 16);
  for (std::int64_t k = 0; k < w.cols(); ++k)
    w.set_weight(0, k, random.uniform() < zero_share ? 0 : (random.below(2) == 0 ? 1 : -1));
  const auto counted = gated_adds(w, 0, 16);
  const auto expected = expected_gated_adds(zero_share, 16, beats);
  ASSERT_EQ(counted.size(), expected.size());
  for (std::size_t j = 0; j < counted.size(); ++j)
    EXPECT_NEAR(static_cast<double>(counted[j]), expected[j], 5 * std::sqrt(expected[j]) + 1)
        << "level " << j;  // five sigma
}

}  // namespace
}  // namespace ternsim::sim
