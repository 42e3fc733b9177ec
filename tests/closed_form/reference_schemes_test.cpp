#include "model/activation_schemes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/compatibility.h"
#include "model/expert_routing.h"
#include "model/hadamard.h"

namespace ternsim::model {
namespace {

using Codes = std::vector<std::int8_t>;

struct Quantised {
  Codes codes;
  float scale = 0.0F;
  bool sane = false;
};

Quantised quantise(Quantiser quantiser, const std::vector<float>& x) {
  Quantised out;
  out.codes.resize(x.size());
  QuantiserScratch scratch;
  out.sane = quantise_row(quantiser, x, out.codes, out.scale, scratch);
  return out;
}

TEST(AbsmeanInt4, ByHand) {
  // beta = (1 + 2 + 0 + 1) / 4 = 1; s = sqrt(7) / 1.00001 = 2.64572; x * s = 2.65, -5.29, 0, 2.65.
  const Quantised q = quantise(Quantiser::AbsmeanInt4, {1.0F, -2.0F, 0.0F, 1.0F});
  EXPECT_TRUE(q.sane);
  EXPECT_EQ(q.codes, (Codes{3, -5, 0, 3}));
  EXPECT_FLOAT_EQ(q.scale, 1.0F / std::sqrt(7.0F));
}

TEST(AbsmeanInt4, ClampsToFourBits) {
  // beta = 10 / 16; the large elements are 16 beta, so x * s is +-42.
  std::vector<float> x(16, 0.0F);
  x[3] = 5.0F;
  x[7] = -5.0F;
  Codes expected(16, 0);
  expected[3] = 7;
  expected[7] = -8;
  EXPECT_EQ(quantise(Quantiser::AbsmeanInt4, x).codes, expected);
}

TEST(AbsmeanInt4, AllZeroIsZeroWithStepZero) {
  const Quantised q = quantise(Quantiser::AbsmeanInt4, std::vector<float>(5, 0.0F));
  EXPECT_TRUE(q.sane);
  EXPECT_EQ(q.codes, Codes(5, 0));
  EXPECT_EQ(q.scale, 0.0F);
}

TEST(AbsmeanInt4, AMeanBeyondFloat32IsTold) {
  // Each is finite, their sum is not: s would be 0 and every code a silent 0.
  EXPECT_FALSE(quantise(Quantiser::AbsmeanInt4, std::vector<float>(8, 2e38F)).sane);
  EXPECT_FALSE(quantise(Quantiser::HadamardAbsmeanInt4, std::vector<float>(8, 2e38F)).sane);
  EXPECT_TRUE(quantise(Quantiser::HalfAbsmaxInt8, std::vector<float>(8, 2e38F)).sane);
}

TEST(HalfAbsmaxInt8, KeepsTheLargerHalf) {
  // s = 127 / 4; 1, 2 and 3 are dropped.
  EXPECT_EQ(quantise(Quantiser::HalfAbsmaxInt8, {1.0F, -4.0F, 2.0F, 4.0F, -3.0F, 3.5F}).codes,
            (Codes{0, -127, 0, 127, 0, 111}));
}

TEST(HalfAbsmaxInt8, TiesGoToTheLowerIndex) {
  EXPECT_EQ(quantise(Quantiser::HalfAbsmaxInt8, {1.0F, -1.0F, 1.0F, -1.0F}).codes, (Codes{127, -127, 0, 0}));
  // An odd width keeps one more than it drops.
  EXPECT_EQ(quantise(Quantiser::HalfAbsmaxInt8, {1.0F, 2.0F, -1.0F}).codes, (Codes{64, 127, 0}));
}

TEST(HalfAbsmaxInt8, OfAnyWidthKeepsAsManyAsItSays) {
  Random random(3);
  for (std::size_t n = 1; n <= 70; ++n) {
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(1 + random.below(3));  // many ties, none quantised to 0
    std::size_t kept = 0;
    for (const std::int8_t c : quantise(Quantiser::HalfAbsmaxInt8, x).codes) kept += c != 0 ? 1U : 0U;
    EXPECT_EQ(kept, n - n / 2) << n;
  }
}

TEST(Hadamard, OfFourByHand) {
  std::vector<float> x = {1.0F, 2.0F, 3.0F, 4.0F};
  hadamard(x);  // rows ++++, +-+-, ++--, +--+, times 1/2
  EXPECT_EQ(x, (std::vector<float>{5.0F, -1.0F, -2.0F, 0.0F}));
}

TEST(Hadamard, BlocksOfTheLargestPowerOfTwo) {
  EXPECT_EQ(hadamard_block(6912), 256);
  EXPECT_EQ(hadamard_block(2560), 512);
  EXPECT_EQ(hadamard_block(4096), 4096);
  EXPECT_EQ(hadamard_block(17), 1);
  std::vector<float> odd = {1.0F, -2.0F, 3.0F};
  hadamard(odd);
  EXPECT_EQ(odd, (std::vector<float>{1.0F, -2.0F, 3.0F}));
  // 12 = 3 blocks of 4: a one in the second block stays there.
  std::vector<float> x(12, 0.0F);
  x[5] = 2.0F;
  hadamard(x);
  EXPECT_EQ(x, (std::vector<float>{0, 0, 0, 0, 1, -1, 1, -1, 0, 0, 0, 0}));
}

TEST(Hadamard, IsItsOwnInverse) {
  Random random(5);
  for (const std::size_t n : {8U, 24U, 256U, 6912U}) {
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(random.uniform() - 0.5);
    std::vector<float> y = x;
    hadamard(y);
    EXPECT_NE(x, y);
    hadamard(y);
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(y[i], x[i], 1e-6) << n;
  }
}

TEST(HadamardAbsmeanInt4, SpreadsAnOutlier) {
  // One element of 8: transformed, all eight are +-1/sqrt(8) of it; beta equals their size, codes are +-3.
  std::vector<float> x(8, 0.0F);
  x[3] = 8.0F;
  for (const std::int8_t c : quantise(Quantiser::HadamardAbsmeanInt4, x).codes) EXPECT_EQ(std::abs(c), 3);
}

TEST(DequantiseByStep, MultipliesInOrder) {
  std::vector<float> y(2);
  const std::vector<std::int32_t> sums = {3, -7};
  dequantise_by_step(sums, 0.1F, 0.3F, y);
  EXPECT_EQ(y[0], (3.0F * 0.1F) * 0.3F);
  EXPECT_EQ(y[1], (-7.0F * 0.1F) * 0.3F);
}

TEST(SplitBfloat16, IsExactForEveryCodeAndManyScales) {
  Random random(7);
  for (int i = 0; i < 3000; ++i) {
    const float m = static_cast<float>(std::exp((random.uniform() - 0.5) * 140));  // 1e-30 ... 1e30
    const float s = 127.0F / std::max(m, 1e-5F);
    Codes low, high;
    for (int q = -127; q <= 127; ++q) low.push_back(static_cast<std::int8_t>(q));
    high.resize(low.size());
    const float unit = split_bfloat16(s, low, high);
    for (int q = -127; q <= 127; ++q) {
      const auto at = static_cast<std::size_t>(q + 127);
      const double value = static_cast<double>(256 * high[at] + low[at]) * static_cast<double>(unit);
      ASSERT_EQ(value, static_cast<double>(to_bfloat16(static_cast<float>(q) / s))) << q << " / " << s;
    }
  }
}

TEST(SplitBfloat16, DequantisesTheExactSumOnceRounded) {
  // s = 127: q / s has no short binary form, bf16(1/127) = 0x1.02p-7 = 129 * 2^-14.
  Codes low = {1, -1};
  Codes high(2);
  EXPECT_EQ(split_bfloat16(127.0F, low, high), 0x1p-14F);
  EXPECT_EQ(256 * high[0] + low[0], 129);
  EXPECT_EQ(256 * high[1] + low[1], -129);
  const std::vector<std::int32_t> low_sum = {1};
  const std::vector<std::int32_t> high_sum = {1};  // 257: bf16 keeps 8 bits, 256
  std::vector<float> y(1);
  dequantise_bfloat16(low_sum, high_sum, 0x1p-14F, 1.0F / 3, y);
  EXPECT_EQ(y[0], to_bfloat16(0x1p-6F * to_bfloat16(1.0F / 3)));
}

TEST(Names, OfSchemesAndModesRoundTrip) {
  for (const auto scheme : {ActivationScheme::Absmax8, ActivationScheme::A48, ActivationScheme::HadamardInt4})
    EXPECT_EQ(parse_activation_scheme(name_of(scheme)), scheme);
  EXPECT_THROW(parse_activation_scheme("int3"), RequestError);
  for (const auto mode : {Compatibility::Reference, Compatibility::BitnetCpp, Compatibility::Transformers})
    EXPECT_EQ(parse_compatibility(name_of(mode)), mode);
  EXPECT_THROW(parse_compatibility("llama.cpp"), RequestError);
  EXPECT_EQ(rounding_points(Compatibility::Reference), RoundingPoints{});
}

TEST(ExpertRouting, SoftmaxByHand) {
  std::vector<float> logits = {0.0F, static_cast<float>(std::log(3.0))};
  ASSERT_TRUE(router_softmax(logits));
  EXPECT_FLOAT_EQ(logits[0], 0.25F);
  EXPECT_FLOAT_EQ(logits[1], 0.75F);
}

TEST(ExpertRouting, NanIsToldBeforeTheMaximumDropsIt) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t at = 0; at < 3; ++at) {
    std::vector<float> logits = {1.0F, 5.0F, 2.0F};
    logits[at] = nan;
    EXPECT_FALSE(router_softmax(logits)) << at;
  }
  std::vector<float> infinite = {1.0F, std::numeric_limits<float>::infinity()};
  EXPECT_FALSE(router_softmax(infinite));
}

TEST(ExpertRouting, MostProbableFirstTiesToTheLowerIdWeightsSumToOne) {
  const std::vector<float> p = {0.125F, 0.25F, 0.125F, 0.5F};
  std::vector<std::int32_t> experts(3);
  std::vector<float> weights(3);
  choose_experts(p, experts, weights);
  EXPECT_EQ(experts, (std::vector<std::int32_t>{3, 1, 0}));
  const float sum = (0.5F + 0.25F) + 0.125F;
  EXPECT_EQ(weights, (std::vector<float>{0.5F / sum, 0.25F / sum, 0.125F / sum}));
  experts.resize(1);
  weights.resize(1);
  choose_experts(p, experts, weights);
  EXPECT_EQ(weights[0], 1.0F);
}

}  // namespace
}  // namespace ternsim::model
