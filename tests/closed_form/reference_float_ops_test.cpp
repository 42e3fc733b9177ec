#include "model/float_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "model/attention.h"
#include "model/dense.h"
#include "model/half.h"
#include "model/numerics.h"
#include "model/rope.h"

namespace ternsim::model {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

std::vector<float> random_floats(std::uint64_t seed, std::size_t n) {
  Random random(seed);
  std::vector<float> v(n);
  for (float& x : v)
    x = static_cast<float>((random.uniform() - 0.5) * std::ldexp(1.0, static_cast<int>(random.below(20))));
  return v;
}

/// The definition of tree, with a store to memory after every single operation.
float tree_by_definition(const std::vector<float>& v) {
  volatile float p[16] = {};
  for (std::size_t i = 0; i < v.size(); ++i) p[i % 16] = p[i % 16] + v[i];
  for (int h : {8, 4, 2, 1}) {
    for (int j = 0; j < h; ++j) p[j] = p[j] + p[j + h];
  }
  return p[0];
}

TEST(Tree, OrderIsTheStatedOne) {
  bool order_matters = false;
  for (std::size_t n = 0; n <= 70; ++n) {
    const std::vector<float> v = random_floats(n + 1, n);
    EXPECT_EQ(tree_sum(v), tree_by_definition(v)) << n;
    order_matters |= std::accumulate(v.begin(), v.end(), 0.0F) != tree_by_definition(v);
  }
  EXPECT_TRUE(order_matters) << "these vectors cannot tell one order from another";
}

TEST(Tree, SumsThatOnlyThisOrderGives) {
  // 2^24 + 1 rounds to 2^24, 2^24 + 2 is exact.
  std::vector<float> v(32, 0.0F);
  v[1] = 1.0F;
  v[8] = 0x1p24F;
  v[9] = 1.0F;
  // h = 8: p_0 = 2^24, p_1 = 1 + 1 = 2; h = 1: 2^24 + 2. From left to right, 1 + 2^24 = 2^24, + 1 = 2^24.
  EXPECT_EQ(tree_sum(v), 16777218.0F);
  EXPECT_EQ(std::accumulate(v.begin(), v.end(), 0.0F), 16777216.0F);
}

TEST(Tree, DotRoundsEachProductFirst) {
  for (const std::size_t n : {1U, 16U, 64U, 100U, 2560U}) {
    const std::vector<float> a = random_floats(n, n);
    const std::vector<float> b = random_floats(n + 7, n);
    std::vector<float> products(n);
    for (std::size_t i = 0; i < n; ++i) {
      volatile float product = a[i] * b[i];
      products[i] = product;
    }
    EXPECT_EQ(tree_dot(a, b), tree_by_definition(products)) << n;
  }
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, of which float32 keeps 1 + 2^-11; a fused product would leave 2^-24.
  const std::vector<float> a = {1.0F + 0x1p-12F, 1.0F};
  const std::vector<float> b = {1.0F + 0x1p-12F, -(1.0F + 0x1p-11F)};
  EXPECT_EQ(tree_dot(a, b), 0.0F);
}

TEST(AllFinite, SeesEveryPlace) {
  for (std::size_t i = 0; i < 37; ++i) {
    for (const float bad : {kNaN, -kNaN, kInf, -kInf}) {
      std::vector<float> v(37, std::numeric_limits<float>::max());
      EXPECT_TRUE(all_finite(v));
      v[i] = bad;
      EXPECT_FALSE(all_finite(v)) << i;
    }
  }
}

TEST(RmsNorm, ByHand) {
  // The mean square of 3, 4, 0, 0 is 25/4: r = 1 / sqrt(6.25).
  const std::vector<float> x = {3, 4, 0, 0};
  const std::vector<float> gain = {1, 2, 3, 4};
  std::vector<float> y(4);
  ASSERT_TRUE(rms_norm(x, gain, 0.0F, y));
  const float r = 1.0F / 2.5F;
  EXPECT_EQ(y, (std::vector<float>{3 * r, 4 * r * 2, 0, 0}));
  ASSERT_TRUE(rms_norm(std::vector<float>(4, 0.0F), gain, 0.25F, y));
  EXPECT_EQ(y, std::vector<float>(4, 0.0F));
  // Epsilon stands inside the root: 1 / sqrt(1 + 3) = 0.5.
  ASSERT_TRUE(rms_norm(std::vector<float>{1, 1, 1, 1}, gain, 3.0F, y));
  EXPECT_EQ(y, (std::vector<float>{0.5F, 1.0F, 1.5F, 2.0F}));
}

TEST(RmsNorm, RefusesWhatWouldBecomeZeroOrNaN) {
  const std::vector<float> gain(20, 1.0F);
  std::vector<float> y(20);
  for (const float bad : {kNaN, kInf, -kInf, 1e30F}) {  // the square of 1e30 is infinite
    std::vector<float> x(20, 1.0F);
    x[17] = bad;
    EXPECT_FALSE(rms_norm(x, gain, 1e-5F, y)) << bad;
  }
}

TEST(Quantise, RoundsHalfToEvenAfterTheProduct) {
  // Largest 127: s = 1.
  const std::vector<float> x = {127, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -2.5F, 0.49999997F, -126.5F, 126.5F, -127};
  std::vector<std::int8_t> q(x.size());
  EXPECT_EQ(quantise_absmax(x, q), 1.0F);
  EXPECT_EQ(q, (std::vector<std::int8_t>{127, 0, 2, 2, 0, -2, -2, 0, -126, 126, -127}));
}

TEST(Quantise, SmallRowsUseTheFloorOfTheScale) {
  const std::vector<float> x = {0.0F, -0.0F, 4e-6F, -1e-5F};
  std::vector<std::int8_t> q(4);
  EXPECT_EQ(quantise_absmax(x, q), 127.0F / 1e-5F);
  EXPECT_EQ(q, (std::vector<std::int8_t>{0, 0, 51, -127}));  // 4e-6 / 1e-5 * 127 = 50.8
}

TEST(Quantise, EqualsTheDefinitionOnRandomRows) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<float> x = random_floats(seed, 100 + seed);
    std::vector<std::int8_t> q(x.size());
    const float s = quantise_absmax(x, q);
    float m = 1e-5F;
    for (const float v : x) m = std::fmax(m, std::fabs(v));
    ASSERT_EQ(s, 127.0F / m);
    for (std::size_t i = 0; i < x.size(); ++i) {
      volatile float product = x[i] * s;
      ASSERT_EQ(q[i], static_cast<int>(std::nearbyint(product))) << seed << " " << i;
    }
  }
}

TEST(Quantise, ExtremeRows) {
  std::vector<std::int8_t> q(2);
  quantise_absmax(std::vector<float>{std::numeric_limits<float>::max(), -std::numeric_limits<float>::max()}, q);
  EXPECT_EQ(q, (std::vector<std::int8_t>{127, -127}));
}

TEST(Dequantise, DividesFirstThenScales) {
  // The order is observable: with volatile steps it equals (acc / s) * w, and differs from acc * (w / s) and from
  // (acc * w) / s somewhere.
  const float s = 127.0F / 3.1F;
  const float w = 0.0123F;
  std::vector<std::int32_t> sums(2001);
  std::iota(sums.begin(), sums.end(), -1000);
  std::vector<float> y(sums.size());
  dequantise(sums, s, w, y);
  int differs_from_joint = 0;
  int differs_from_scale_first = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    volatile float quotient = static_cast<float>(sums[i]) / s;
    volatile float expected = quotient * w;
    ASSERT_EQ(y[i], expected) << sums[i];
    volatile float joint = w / s;
    volatile float other = static_cast<float>(sums[i]) * joint;
    volatile float product = static_cast<float>(sums[i]) * w;
    volatile float third = product / s;
    differs_from_joint += y[i] != other ? 1 : 0;
    differs_from_scale_first += y[i] != third ? 1 : 0;
  }
  EXPECT_GT(differs_from_joint, 100);
  EXPECT_GT(differs_from_scale_first, 100);
}

TEST(FfnActivation, SquaredRelu) {
  std::vector<float> h(5);
  squared_relu_gate(std::vector<float>{3, -3, 0, 0.5F, kNaN}, std::vector<float>{2, 2, 2, -4, 1}, h);
  EXPECT_EQ(h[0], 18.0F);
  EXPECT_EQ(h[1], 0.0F);
  EXPECT_EQ(h[2], 0.0F);
  EXPECT_EQ(h[3], -1.0F);
  EXPECT_TRUE(std::isnan(h[4])) << "a NaN must not become a silent zero";
}

TEST(FfnActivation, SwiGlu) {
  std::vector<float> h(4);
  swiglu_gate(std::vector<float>{0, 100, -200, 1}, std::vector<float>{5, 2, 3, 1}, h);
  EXPECT_EQ(h[0], 0.0F);
  EXPECT_EQ(h[1], 200.0F);
  EXPECT_EQ(h[2], -0.0F);
  EXPECT_NEAR(h[3], 0.7310585786F, 1e-7F);  // 1 / (1 + 1/e)
}

TEST(Rope, TurnsHalvesByPosition) {
  // d = 4, theta = 16: frequencies 1 and 16^(-1/2) = 1/4. Pairs are (0, 2) and (1, 3).
  Rope rope({.head_dim = 4, .theta = 16.0});
  rope.extend(3);
  std::vector<float> x = {1, 0, 0, 1, 1, 0, 0, 1};  // two heads alike
  rope.apply(2, x);
  for (const std::size_t head : {0U, 4U}) {
    EXPECT_NEAR(x[head + 0], std::cos(2.0), 1e-7);
    EXPECT_NEAR(x[head + 2], std::sin(2.0), 1e-7);
    EXPECT_NEAR(x[head + 1], -std::sin(0.5), 1e-7);
    EXPECT_NEAR(x[head + 3], std::cos(0.5), 1e-7);
  }
  std::vector<float> still = {1, 2, 3, 4};
  rope.apply(0, still);
  EXPECT_EQ(still, (std::vector<float>{1, 2, 3, 4}));
}

TEST(Attention, EqualScoresAverageTheValues) {
  const std::vector<float> query = {0, 0};
  const std::vector<float> keys = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<float> values = {1, 10, 2, 20, 3, 30, 6, 60};
  std::vector<float> scores(4);
  std::vector<float> out(2);
  ASSERT_TRUE(attend(query, keys.data(), values.data(), 2, 4, scores, out));
  EXPECT_EQ(out, (std::vector<float>{3, 30}));
  // Causality: only the positions asked for are read.
  ASSERT_TRUE(attend(query, keys.data(), values.data(), 2, 2, scores, out));
  EXPECT_EQ(out, (std::vector<float>{1.5F, 15}));
}

TEST(Attention, ScoresAreDividedByTheRootOfTheWidth) {
  // d = 4: q . k = 2 ln 3 against 0, over 2: weights 3 : 1.
  const float twice_ln3 = 2 * 1.0986123F;
  const std::vector<float> query = {1, 0, 0, 0};
  const std::vector<float> keys = {twice_ln3, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<float> values = {4, 0, 0, 0, 8, 0, 0, 0};
  std::vector<float> scores(2);
  std::vector<float> out(4);
  ASSERT_TRUE(attend(query, keys.data(), values.data(), 4, 2, scores, out));
  EXPECT_NEAR(out[0], 5.0F, 1e-6F);
}

TEST(Attention, RefusesInfiniteScores) {
  const std::vector<float> query = {1e30F, 0};
  const std::vector<float> values = {1, 1, 1, 1};
  std::vector<float> scores(2);
  std::vector<float> out(2);
  for (const float bad : {1e30F, -1e30F, kNaN}) {
    const std::vector<float> keys = {1e-30F, 0, bad, 0};
    EXPECT_FALSE(attend(query, keys.data(), values.data(), 2, 2, scores, out)) << bad;
  }
}

TEST(Dense, ProductInEveryElementType) {
  const std::vector<float> w = {1.5F, -2.0F, 0.25F, 3.0F, 0.0F, -1.0F};  // exact in all three types
  for (const ElementType type : {ElementType::F32, ElementType::F16, ElementType::BF16}) {
    DenseMatrix m{type, 2, 3, {}};
    for (const float v : w) {
      std::uint32_t bits = std::bit_cast<std::uint32_t>(v);
      if (type == ElementType::F16) bits = f32_to_f16(v);
      if (type == ElementType::BF16) bits = f32_to_bf16(v);
      for (int b = 0; b < row_bytes(type, 1); ++b) m.bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * b)));
    }
    EXPECT_NO_THROW(check_dense(m, "m", 2, 3));
    std::vector<float> y(4);
    dense_product(m, std::vector<float>{1, 2, 4, -1, 0, 1}, 2, y);
    EXPECT_EQ(y, (std::vector<float>{-1.5F, -1.0F, -1.25F, -4.0F}));
  }
}

}  // namespace
}  // namespace ternsim::model
