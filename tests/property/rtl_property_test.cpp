// What must hold for any product on the RTL engine, whatever the handshakes do.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "cosim/rtl_vectors.h"

namespace ternsim::rtl_test {
namespace {

class RtlProperty : public testing::TestWithParam<std::string> {
 protected:
  Vector any(Random& random, std::int64_t max_cols) {
    return random_vector(GetParam(), 1 + static_cast<std::int64_t>(random.below(40)),
                         1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(max_cols))),
                         1 + static_cast<std::int64_t>(random.below(20)), random.next());
  }
};
INSTANTIATE_TEST_SUITE_P(Configs, RtlProperty, testing::ValuesIn(rtl::VerilatedUnit::names()),
                         [](const auto& config) { return config.param; });

TEST_P(RtlProperty, SumsDoNotDependOnGapsAndBackPressure) {
  Random random(2024);
  for (int i = 0; i < 200; ++i) {
    Vector v = any(random, 300);
    v.disturbance = {
        .seed = random.next(), .input_gap = 0.9 * random.uniform(), .output_stall = 0.9 * random.uniform()};
    rtl::RtlEngine disturbed(v.config, v.disturbance);
    rtl::RtlEngine undisturbed(v.config);
    ASSERT_TRUE(matches(v, rtl_sums(v, disturbed)));
    ASSERT_TRUE(matches(v, rtl_sums(v, undisturbed)));
    EXPECT_GE(disturbed.counters().cycles, undisturbed.counters().cycles);
    EXPECT_EQ(disturbed.counters().lane_adds, undisturbed.counters().lane_adds);
  }
}

TEST_P(RtlProperty, SameSeedSameCycles) {
  Random random(7);
  Vector v = any(random, 200);
  v.disturbance = {.seed = 11, .input_gap = 0.3, .output_stall = 0.3};
  rtl::RtlEngine a(v.config, v.disturbance);
  rtl::RtlEngine b(v.config, v.disturbance);
  rtl_sums(v, a);
  rtl_sums(v, b);
  EXPECT_EQ(a.counters().cycles, b.counters().cycles);
}

TEST_P(RtlProperty, NegatedWeightsNegateTheSums) {
  Random random(3);
  rtl::RtlEngine engine(GetParam());
  for (int i = 0; i < 100; ++i) {
    Vector v = any(random, 400);
    const std::vector<std::int32_t> sums = rtl_sums(v, engine);
    for (std::int8_t& w : v.weights) w = static_cast<std::int8_t>(-w);
    std::vector<std::int32_t> negated = rtl_sums(v, engine);
    for (std::int32_t& s : negated) s = -s;
    ASSERT_EQ(sums, negated);
  }
}

TEST_P(RtlProperty, OneWeightReachesItsRowOnly) {
  Random random(5);
  rtl::RtlEngine engine(GetParam());
  for (int i = 0; i < 100; ++i) {
    Vector v = any(random, 200);
    const std::vector<std::int32_t> before = rtl_sums(v, engine);
    const auto at = static_cast<std::int64_t>(random.below(v.weights.size()));
    std::int8_t& w = v.weights[static_cast<std::size_t>(at)];
    const int change = w == 1 ? -1 : 1;
    w = static_cast<std::int8_t>(w + change);
    std::vector<std::int32_t> expected = before;
    for (std::int64_t t = 0; t < v.tokens; ++t) {
      expected[static_cast<std::size_t>(t * v.rows + at / v.cols)] +=
          change * v.activations[static_cast<std::size_t>(t * v.cols + at % v.cols)];
    }
    ASSERT_EQ(rtl_sums(v, engine), expected);
  }
}

}  // namespace
}  // namespace ternsim::rtl_test
