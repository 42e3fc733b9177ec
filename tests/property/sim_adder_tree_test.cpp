#include "sim/adder_tree.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace ternsim::sim {
namespace {

TEST(AdderTree, EqualsALoopForRandomBeats) {
  Random random(3);
  for (const int lanes : {2, 4, 16, 64, 256}) {
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
  EXPECT_EQ(gated, (std::vector<std::uint32_t>{32, 16, 8, 4, 2, 1, 0}));
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
    EXPECT_NEAR(counted[j], expected[j], 5 * std::sqrt(expected[j]) + 1) << "level " << j;  // five sigma
}

}  // namespace
}  // namespace ternsim::sim
