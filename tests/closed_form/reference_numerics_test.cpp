// Accuracy against the C library's long double functions (64 bits of mantissa here), an oracle that shares no code.
#include "model/numerics.h"

#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "base/error.h"
#include "base/random.h"
#include "model/rope.h"

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace ternsim::model {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "the oracle needs more bits than double has");

/// |got - exact| in units of the spacing of T at `exact`, subnormal range included.
template <typename T>
long double ulps(T got, long double exact) {
  int exponent = 0;
  std::frexp(exact, &exponent);
  const int lowest = std::numeric_limits<T>::min_exponent;
  const int digits = std::numeric_limits<T>::digits;
  return std::fabs(static_cast<long double>(got) - exact) / std::ldexp(1.0L, std::max(exponent, lowest) - digits);
}

/// Worst error in ulp over every `stride`-th float32 from zero to infinity and their negatives.
template <typename Function, typename Oracle>
long double worst_over_floats(std::uint32_t stride, Function function, Oracle oracle) {
  long double worst = 0;
  for (std::uint32_t bits = 0; bits < 0x7f800000U; bits += stride) {
    for (const std::uint32_t sign : {0U, 0x80000000U}) {
      const float x = std::bit_cast<float>(bits | sign);
      const float got = function(x);
      const long double exact = oracle(static_cast<long double>(x));
      if (static_cast<float>(exact) == got) {
        continue;  // covers infinity, which has no spacing
      }
      worst = std::max(worst, ulps(got, exact));
    }
  }
  return worst;
}

TEST(Exp, Float32CorrectWithinAThousandthOverASampleOfAllExponents) {
  const long double worst = worst_over_floats(
      4001, [](float x) { return exp_f32(x); }, [](long double x) { return std::exp(x); });
  EXPECT_LT(worst, 0.501L);
  EXPECT_EQ(exp_f32(0.0F), 1.0F);
  EXPECT_EQ(exp_f32(-std::numeric_limits<float>::infinity()), 0.0F);
  EXPECT_EQ(exp_f32(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
  // The last float32 with a finite exponential and the one after it.
  EXPECT_EQ(exp_f32(0x1.62e42ep6F), static_cast<float>(std::exp(0x1.62e42ep6L)));
  EXPECT_EQ(exp_f32(0x1.62e43p6F), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(exp_f32(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Exp, Float32DenselyWhereItIsUsed) {
  long double worst = 0;
  for (std::int64_t i = 0; i <= 1'000'000; ++i) {
    const float x = -static_cast<float>(i) * (104.0F / 1'000'000);
    worst = std::max(worst, ulps(exp_f32(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 0.501L);
}

TEST(Sigmoid, Float32CorrectWithinAThousandthOverASampleOfAllExponents) {
  const long double worst = worst_over_floats(
      4001, [](float x) { return sigmoid_f32(x); }, [](long double x) { return 1 / (1 + std::exp(-x)); });
  EXPECT_LT(worst, 0.501L);
  EXPECT_EQ(sigmoid_f32(0.0F), 0.5F);
}

TEST(Exp, DoubleWithinTwoUlp) {
  Random random(1);
  long double worst = 0;
  for (int i = 0; i < 500'000; ++i) {
    const double x = -708 + 1417 * random.uniform();
    worst = std::max(worst, ulps(exp_f64(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2.0L);
  RecordProperty("worst_ulp", std::to_string(static_cast<double>(worst)));
  EXPECT_EQ(exp_f64(0.0), 1.0);
  EXPECT_EQ(exp_f64(-746.0), 0.0);
  EXPECT_EQ(exp_f64(710.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(exp_f64(-745.0), 0x1p-1074);  // the smallest subnormal
}

TEST(Log, DoubleWithinTwoUlp) {
  Random random(2);
  long double worst = 0;
  for (int i = 0; i < 500'000; ++i) {
    // Half over all exponents, half near 1 where the result is small.
    const double x = i % 2 == 0 ? std::ldexp(1 + random.uniform(), static_cast<int>(random.below(2098)) - 1074)
                                : 0.5 + random.uniform();
    worst = std::max(worst, ulps(log_f64(x), std::log(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2.0L);
  RecordProperty("worst_ulp", std::to_string(static_cast<double>(worst)));
  EXPECT_EQ(log_f64(1.0), 0.0);
  EXPECT_EQ(log_f64(0.0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(log_f64(-1.0)));
  EXPECT_EQ(log_f64(std::numeric_limits<double>::infinity()), std::numeric_limits<double>::infinity());
}

TEST(Pow, FrequenciesWithinTheStatedError) {
  for (const double theta : {10000.0, 500000.0, 1e6}) {
    for (const int d : {64, 96, 128}) {
      EXPECT_EQ(pow_f64(theta, 0.0), 1.0);
      for (int i = 0; i < d / 2; ++i) {
        const double y = -2.0 * i / d;
        const long double exact = std::pow(static_cast<long double>(theta), static_cast<long double>(y));
        const double bound = (2 + std::fabs(y * std::log(theta))) * 0x1p-52;
        EXPECT_LE(std::fabs(pow_f64(theta, y) / exact - 1), bound) << theta << " ^ " << y;
      }
    }
  }
}

TEST(SinCosine, DoubleWithin1e15) {
  Random random(3);
  long double worst = 0;
  for (int i = 0; i < 500'000; ++i) {
    const double x = (2 * random.uniform() - 1) * (i % 2 == 0 ? 0x1p20 : 10);
    const SinCos got = sin_cos_f64(x);
    worst = std::max(worst, std::fabs(got.sin - std::sin(static_cast<long double>(x))));
    worst = std::max(worst, std::fabs(got.cos - std::cos(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 1e-15L);
  EXPECT_EQ(sin_cos_f64(0.0).sin, 0.0);
  EXPECT_EQ(sin_cos_f64(0.0).cos, 1.0);
  EXPECT_THROW(sin_cos_f64(0x1.1p20), std::invalid_argument);
  EXPECT_THROW(sin_cos_f64(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST(Rope, TablesWithin1e7UpToPosition131072) {
  constexpr int kDim = 128;
  constexpr double kTheta = 500000.0;
  Rope rope({.head_dim = kDim, .theta = kTheta});
  rope.extend(131073);
  long double worst = 0;
  for (std::int64_t position = 0; position <= 131072; position += 61 + (position == 131028 ? -17 : 0)) {
    for (int i = 0; i < kDim / 2; ++i) {
      const long double angle =
          static_cast<long double>(position) * std::pow(static_cast<long double>(kTheta), -2.0L * i / kDim);
      worst = std::max(worst, std::fabs(rope.cosines(position)[i] - std::cos(angle)));
      worst = std::max(worst, std::fabs(rope.sines(position)[i] - std::sin(angle)));
    }
  }
  EXPECT_LT(worst, 1e-7L);
}

TEST(FloatEnvironment, DefaultIsAccepted) { EXPECT_NO_THROW(check_float_environment()); }

TEST(FloatEnvironment, OtherRoundingIsRefused) {
  std::fesetround(FE_UPWARD);
  EXPECT_THROW(check_float_environment(), Error);
  std::fesetround(FE_TONEAREST);
}

// A library may set SSE's rounding and leave the x87's, which std::fegetround reads.
TEST(FloatEnvironment, OtherRoundingOfSseAloneIsRefused) {
#ifdef __SSE2__
  const unsigned saved = _mm_getcsr();
  for (const unsigned rounding : {0x2000U, 0x4000U, 0x6000U}) {  // down, up, to zero
    _mm_setcsr((saved & ~0x6000U) | rounding);
    EXPECT_THROW(check_float_environment(), Error) << rounding;
    _mm_setcsr(saved);
  }
#else
  GTEST_SKIP() << "needs SSE's control register";
#endif
}

TEST(FloatEnvironment, FlushToZeroIsRefused) {
#ifdef __SSE2__
  const unsigned saved = _mm_getcsr();
  for (const unsigned bit : {0x8000U, 0x0040U}) {  // results, operands
    _mm_setcsr(saved | bit);
    EXPECT_THROW(check_float_environment(), Error);
    _mm_setcsr(saved);
  }
#else
  GTEST_SKIP() << "needs SSE's control register";
#endif
}

}  // namespace
}  // namespace ternsim::model
