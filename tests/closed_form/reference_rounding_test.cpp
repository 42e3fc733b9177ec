// Where values are rounded: the cache's precisions, RoPE's pairings and angles, norms, and the points of each
// compatibility mode.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/cpu_engine.h"
#include "model/float_ops.h"
#include "model/half.h"
#include "model/inference.h"
#include "model/norms.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

std::vector<float> random_row(std::uint64_t seed, std::size_t n, double size = 2.0) {
  Random random(seed);
  std::vector<float> x(n);
  for (float& v : x) v = static_cast<float>((random.uniform() - 0.5) * size);
  return x;
}

// ---- key/value cache

TEST(KvCache, BytesOfAPosition) {
  // 2 layers, keys and values, 2 heads of 10; the integers with a float32 scale a head.
  EXPECT_EQ(KvCache(2, 20, 10, KvPrecision::F32).bytes_per_position(), 2 * 2 * 20 * 4);
  EXPECT_EQ(KvCache(2, 20, 10, KvPrecision::F16).bytes_per_position(), 2 * 2 * 20 * 2);
  EXPECT_EQ(KvCache(2, 20, 10, KvPrecision::Int8).bytes_per_position(), 2 * 2 * 2 * (10 + 4));
  EXPECT_EQ(KvCache(2, 20, 10, KvPrecision::Int4).bytes_per_position(), 2 * 2 * 2 * (5 + 4));
  EXPECT_EQ(KvCache(2, 20, 10, KvPrecision::Int3).bytes_per_position(), 2 * 2 * 2 * (4 + 4));  // 30 bits: 4 bytes
}

TEST(KvCache, Int3ByHand) {
  KvCache cache(1, 4, 4, KvPrecision::Int3);
  cache.reserve(1);
  // m = 6, s = 3 / 6: 6 -> 3, -6 -> -3, 1 -> 0.5 -> 0 (even), -3 -> -1.5 -> -2; back: q * 2.
  const std::vector<float> key = {6.0F, -6.0F, 1.0F, -3.0F};
  const std::vector<float> value = {0.0F, 0.0F, 0.0F, 0.0F};
  ASSERT_TRUE(cache.store(0, 0, key, value));
  std::vector<float> k(4), v(4);
  cache.load(0, 0, k, v);
  EXPECT_EQ(k, (std::vector<float>{6.0F, -6.0F, 0.0F, -4.0F}));
  EXPECT_EQ(v, value);
}

TEST(KvCache, EveryCodeOfEveryWidthComesBack) {
  for (const auto& [precision, limit] :
       {std::pair{KvPrecision::Int8, 127}, std::pair{KvPrecision::Int4, 7}, std::pair{KvPrecision::Int3, 3}}) {
    // With the largest element L, s is 1 and each integer is itself. Heads of 6: 18 bits at 3 bits an element.
    std::vector<float> x;
    for (int q = -limit; q <= limit; ++q)
      for (const int part : {q, limit, -limit, 0, -q, 1}) x.push_back(static_cast<float>(part));
    const auto n = static_cast<std::int64_t>(x.size());
    KvCache cache(1, n, 6, precision);
    cache.reserve(3);
    const std::vector<float> other = random_row(1, x.size());
    ASSERT_TRUE(cache.store(0, 1, x, x));
    ASSERT_TRUE(cache.store(0, 0, other, other));
    ASSERT_TRUE(cache.store(0, 2, other, other));
    std::vector<float> k(x.size()), v(x.size());
    cache.load(0, 1, k, v);
    EXPECT_EQ(k, x) << name_of(precision);
    EXPECT_EQ(v, x) << name_of(precision);
  }
}

TEST(KvCache, HalfIsTheNearestAndRefusesWhatIsTooLarge) {
  KvCache cache(1, 4, 4, KvPrecision::F16);
  cache.reserve(1);
  const std::vector<float> x = {1.0F + 0x1p-11F, 1.0F + 0x1.8p-10F, -65519.0F, 1e-9F};
  std::vector<float> k(4), v(4);
  ASSERT_TRUE(cache.store(0, 0, x, x));
  cache.load(0, 0, k, v);
  EXPECT_EQ(k, (std::vector<float>{1.0F, 1.0F + 0x1p-9F, -65504.0F, 0.0F}));  // ties to even
  EXPECT_FALSE(cache.store(0, 0, std::vector<float>{0, 0, 65520.0F, 0}, x));
  EXPECT_FALSE(cache.store(0, 0, x, std::vector<float>{0, 0, 0, std::numeric_limits<float>::quiet_NaN()}));
}

TEST(KvCache, NamesRoundTrip) {
  for (const auto kv : {KvPrecision::F32, KvPrecision::F16, KvPrecision::Int8, KvPrecision::Int4, KvPrecision::Int3})
    EXPECT_EQ(parse_kv_precision(name_of(kv)), kv);
  EXPECT_THROW(parse_kv_precision("int2"), RequestError);
}

// ---- RoPE

TEST(Rope, NeighboursAreHalvesOfAPermutedHead) {
  constexpr std::int64_t d = 8;
  Rope halves({.head_dim = d});
  Rope neighbours({.head_dim = d, .pairing = RopePairing::Neighbours});
  halves.extend(6);
  neighbours.extend(6);
  const std::vector<float> x = random_row(2, 2 * d);
  std::vector<float> a = x;
  std::vector<float> b(x.size());
  const auto at = [](std::size_t head, std::size_t i) { return head * d + (i < d / 2 ? 2 * i : 2 * (i - d / 2) + 1); };
  for (std::size_t h = 0; h < 2; ++h)
    for (std::size_t i = 0; i < d; ++i) b[at(h, i)] = x[h * d + i];
  halves.apply(5, a);
  neighbours.apply(5, b);
  for (std::size_t h = 0; h < 2; ++h)
    for (std::size_t i = 0; i < d; ++i) EXPECT_EQ(b[at(h, i)], a[h * d + i]);
}

TEST(Rope, LinearScaleMakesPositionsOfFractions) {
  Rope plain({.head_dim = 16});
  Rope scaled({.head_dim = 16, .scale = 4.0});
  plain.extend(3);
  scaled.extend(9);
  // A division by 4 is exact: position 8 scaled by 4 is position 2.
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(scaled.cosines(8)[i], plain.cosines(2)[i]);
    EXPECT_EQ(scaled.sines(8)[i], plain.sines(2)[i]);
  }
}

TEST(Rope, FactorsDivideTheirOwnAngle) {
  Rope plain({.head_dim = 4});
  Rope factored({.head_dim = 4, .factors = {1.0F, 2.0F}});
  plain.extend(7);
  factored.extend(7);
  EXPECT_EQ(factored.cosines(6)[0], plain.cosines(6)[0]);
  EXPECT_EQ(factored.cosines(6)[1], plain.cosines(3)[1]);
}

TEST(Rope, ByMultiplicationTheErrorOfTheRatioAddsUp) {
  constexpr std::int64_t d = 128;
  Rope exact({.head_dim = d, .theta = 500000.0});
  Rope iterated({.head_dim = d, .theta = 500000.0, .by_multiplication = true});
  exact.extend(4001);
  iterated.extend(4001);
  // Position 0 has no angle; the first angle of any position is the position itself.
  EXPECT_EQ(iterated.sines(0)[5], 0.0F);
  EXPECT_EQ(iterated.sines(4000)[0], exact.sines(4000)[0]);
  const auto ratio = static_cast<float>(std::pow(500000.0, -2.0 / 128));
  float angle = 4000.0F;
  int different = 0;
  for (std::size_t i = 0; i < d / 2; ++i, angle *= ratio) {
    EXPECT_EQ(iterated.sines(4000)[i], static_cast<float>(std::sin(static_cast<double>(angle)))) << i;
    different += iterated.sines(4000)[i] != exact.sines(4000)[i] ? 1 : 0;
  }
  EXPECT_GT(different, 32);  // else the switch would make no difference
}

// ---- norms

TEST(LayerNorm, ByHand) {
  // mean 2.5; squares 2.25, 0.25, 0.25, 2.25: variance 1.25.
  const std::vector<float> x = {1.0F, 2.0F, 3.0F, 4.0F};
  const std::vector<float> gain = {1.0F, 2.0F, 1.0F, 2.0F};
  std::vector<float> y(4);
  ASSERT_TRUE(normalise_row(NormKind::Layer, x, gain, 1e-5F, {}, y));
  const float r = 1.0F / std::sqrt(1.25F + 1e-5F);
  EXPECT_EQ(y, (std::vector<float>{-1.5F * r, (-0.5F * r) * 2.0F, 0.5F * r, (1.5F * r) * 2.0F}));
}

TEST(Norms, NanAndOverflowAreTold) {
  std::vector<float> y(20);
  const std::vector<float> gain(20, 1.0F);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), 1e30F, std::numeric_limits<float>::infinity()}) {
    std::vector<float> x = random_row(4, 20);
    x[17] = bad;
    for (const NormKind kind : {NormKind::Rms, NormKind::Layer})
      for (const Compatibility mode : {Compatibility::Reference, Compatibility::BitnetCpp, Compatibility::Transformers})
        EXPECT_FALSE(normalise_row(kind, x, gain, 1e-5F, rounding_points(mode), y)) << bad << " " << name_of(mode);
  }
}

TEST(Norms, SumInDoubleKeepsWhatFloat32Drops) {
  // Sixteen ones, then squares of 2^-26: each vanishes beside a float32 partial sum of 1, not in double.
  std::vector<float> x(std::size_t{1} << 16, 0x1p-13F);
  for (std::size_t j = 0; j < 16; ++j) x[j] = 1.0F;
  const std::vector<float> gain(x.size(), 1.0F);
  std::vector<float> y(x.size());
  const double squares = 16 + static_cast<double>(x.size() - 16) * 0x1p-26;
  const auto mean = static_cast<float>(squares / static_cast<double>(x.size()));
  ASSERT_TRUE(normalise_row(NormKind::Rms, x, gain, 1e-5F, {.norm_sum_double = true}, y));
  EXPECT_EQ(y[0], 1.0F / std::sqrt(mean + 1e-5F));
  ASSERT_TRUE(normalise_row(NormKind::Rms, x, gain, 1e-5F, {}, y));
  EXPECT_EQ(y[0], 1.0F / std::sqrt(16.0F / static_cast<float>(x.size()) + 1e-5F));
}

TEST(Norms, Bfloat16RoundsTwice) {
  const std::vector<float> x = random_row(5, 64);
  std::vector<float> gain = random_row(6, 64);
  std::vector<float> y(64), plain(64);
  ASSERT_TRUE(normalise_row(NormKind::Rms, x, std::vector<float>(64, 1.0F), 1e-5F, {}, plain));
  ASSERT_TRUE(normalise_row(NormKind::Rms, x, gain, 1e-5F, {.bfloat16_stream = true}, y));
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(y[i], to_bfloat16(to_bfloat16(plain[i]) * to_bfloat16(gain[i]))) << i;
}

// ---- modes as wired into the inference

TEST(Compatibility, BitnetCppKeepsHalvesUnlessTheCacheIsNarrower) {
  const Model model = test::make_tiny_model(1);
  CpuEngine engine;
  const auto precision = [&](Compatibility mode, KvPrecision kv) {
    return Inference(model, engine, {.kv = kv, .mode = mode}).cache().precision();
  };
  EXPECT_EQ(precision(Compatibility::Reference, KvPrecision::F32), KvPrecision::F32);
  EXPECT_EQ(precision(Compatibility::BitnetCpp, KvPrecision::F32), KvPrecision::F16);
  EXPECT_EQ(precision(Compatibility::BitnetCpp, KvPrecision::Int4), KvPrecision::Int4);
  EXPECT_EQ(precision(Compatibility::Transformers, KvPrecision::F32), KvPrecision::F32);
}

TEST(Compatibility, TheReferenceIsTheDefault) {
  const Model model = test::make_tiny_model(2);
  const std::vector<std::int32_t> tokens = test::random_tokens(2, 9);
  CpuEngine engine;
  Inference plain(model, engine);
  Inference named(model, engine, {.kv = KvPrecision::F32, .mode = Compatibility::Reference});
  const auto a = plain.forward_all(tokens);
  const auto b = named.forward_all(tokens);
  EXPECT_TRUE(std::ranges::equal(a, b));
}

TEST(Compatibility, ModesStayNearTheReference) {
  // A rounding point moves values by its own precision, not more: a wrong formula would.
  const Model model = test::make_tiny_model(3);
  const std::vector<std::int32_t> tokens = test::random_tokens(3, 20);
  CpuEngine engine;
  Inference reference(model, engine);
  const auto span = reference.forward_all(tokens);
  const std::vector<float> expected(span.begin(), span.end());
  double square = 0;
  for (const float l : expected) square += static_cast<double>(l) * l;
  for (const auto& [mode, bound] :
       {std::pair{Compatibility::BitnetCpp, 0.02}, std::pair{Compatibility::Transformers, 0.1}}) {
    Inference inference(model, engine, {.mode = mode});
    const auto got = inference.forward_all(tokens);
    double error = 0;
    for (std::size_t i = 0; i < got.size(); ++i) error += std::pow(static_cast<double>(got[i]) - expected[i], 2);
    EXPECT_GT(error, 0.0) << name_of(mode);
    EXPECT_LT(std::sqrt(error / square), bound) << name_of(mode);
  }
}

TEST(Compatibility, Bfloat16ProductsAreOfAbsmaxInt8Only) {
  ModelShape shape = test::tiny_shape();
  shape.activation_scheme = ActivationScheme::A48;
  const Model model = test::make_random_model(shape, 4);
  CpuEngine engine;
  EXPECT_THROW(Inference(model, engine, {.mode = Compatibility::Transformers}), RequestError);
  EXPECT_NO_THROW(Inference(model, engine, {.mode = Compatibility::BitnetCpp}));
}

}  // namespace
}  // namespace ternsim::model
