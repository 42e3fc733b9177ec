#include "model/numerics.h"

#include <bit>
#include <cfenv>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "base/error.h"

namespace ternsim::model {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLog2E = 0x1.71547652b82fep+0;
// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact.
constexpr double kLn2High = 0x1.62e42feep-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
// pi / 2 in three parts; the first two have 33 bits, so that their product with a number below 2^20 is exact.
constexpr double kHalfPiHigh = 0x1.921fb544p+0;
constexpr double kHalfPiMiddle = 0x1.0b4611a6p-34;
constexpr double kHalfPiLow = 0x1.3198a2e037073p-69;

/// Nearest integer, ties to even, |x| < 2^51.
double round_to_integer(double x) {
  constexpr double kShift = 0x1.8p52;
  return (x + kShift) - kShift;
}

/// 2^n for -1022 <= n <= 1023.
double power_of_two(int n) { return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52); }

}  // namespace

double exp_f64(double x) {
  if (x != x) return x;
  if (x > 709.79) return kInfinity;
  if (x < -745.2) return 0.0;
  const double n = round_to_integer(x * kLog2E);
  const double r = (x - n * kLn2High) - n * kLn2Low;  // |r| <= 0.347
  // Taylor series to r^13 / 13!; the next term is below 5e-18.
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  // In two steps, since 2^n itself may be too large or too small for a normal number.
  const int exponent = static_cast<int>(n);
  const int half = exponent / 2;
  return (p * power_of_two(half)) * power_of_two(exponent - half);
}

double log_f64(double x) {
  if (x != x || x == kInfinity) return x;
  if (x == 0) return -kInfinity;
  if (x < 0) return std::numeric_limits<double>::quiet_NaN();
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54;
  }
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 0x1.6a09e667f3bcdp+0) {  // sqrt 2
    m *= 0.5;
    ++exponent;
  }
  // log m = 2 atanh(s), s = (m - 1) / (m + 1), |s| <= 0.172; terms to s^23 / 23, the next is below 3e-21.
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double p = 1.0 / 23.0;
  for (int k = 21; k >= 3; k -= 2) p = p * z + 1.0 / k;
  // 2 s = f - s f exactly, which keeps the leading term f free of the division's rounding.
  const double tail = 2.0 * s * z * p - s * f;
  const double e = exponent;
  return e * kLn2High + (f + (tail + e * kLn2Low));
}

double pow_f64(double x, double y) { return exp_f64(y * log_f64(x)); }

SinCos sin_cos_f64(double x) {
  if (!(x >= -0x1p20 && x <= 0x1p20)) throw std::invalid_argument("sin_cos_f64: the angle must be within +-2^20");
  const double n = round_to_integer(x * kTwoOverPi);
  const double r = ((x - n * kHalfPiHigh) - n * kHalfPiMiddle) - n * kHalfPiLow;  // |r| <= 0.786
  // Taylor series; the first terms left out, r^19 / 19! and r^18 / 18!, are below 1e-17.
  const double z = r * r;
  double s = 1.0 / 355687428096000.0;
  s = s * z - 1.0 / 1307674368000.0;
  s = s * z + 1.0 / 6227020800.0;
  s = s * z - 1.0 / 39916800.0;
  s = s * z + 1.0 / 362880.0;
  s = s * z - 1.0 / 5040.0;
  s = s * z + 1.0 / 120.0;
  s = s * z - 1.0 / 6.0;
  s = r + r * z * s;
  double c = 1.0 / 20922789888000.0;
  c = c * z - 1.0 / 87178291200.0;
  c = c * z + 1.0 / 479001600.0;
  c = c * z - 1.0 / 3628800.0;
  c = c * z + 1.0 / 40320.0;
  c = c * z - 1.0 / 720.0;
  c = c * z + 1.0 / 24.0;
  c = 1.0 - (0.5 * z - z * z * c);
  switch (static_cast<std::int64_t>(n) & 3) {
    case 0:
      return {s, c};
    case 1:
      return {c, -s};
    case 2:
      return {-s, -c};
    default:
      return {-c, s};
  }
}

float exp_f32(float x) {
  // The largest float32 whose exponential is one too. Beyond it the double may lie out of float32's range, where the
  // conversion below would be undefined.
  if (x > 0x1.62e42ep6F) return std::numeric_limits<float>::infinity();
  return static_cast<float>(exp_f64(x));
}

float sigmoid_f32(float x) { return static_cast<float>(1.0 / (1.0 + exp_f64(-static_cast<double>(x)))); }

void check_float_environment() {
  // Volatile: the compiler would fold these under the assumptions that are to be checked.
  volatile float smallest_normal = 0x1p-126F;
  volatile float half = 0.5F;
  volatile float subnormal = 0x1p-127F;
  volatile float two = 2.0F;
  // fegetround may read the x87 control word only, while float32 is rounded by SSE's: sums that a directed rounding
  // changes tell. The tie goes to the even 1, what lies above the tie to the next number.
  volatile float one = 1.0F;
  volatile float tie = 0x1p-24F;
  volatile float more = 0x1.8p-24F;
  const bool nearest = one + tie == one && -one - tie == -one && one + more == 1.0F + 0x1p-23F;
  const float flushed = smallest_normal * half;
  const float regained = subnormal * two;
  if (std::fegetround() != FE_TONEAREST || !nearest) {
    throw Error("this thread does not round to nearest even; results would differ from the reference");
  }
  if (flushed != subnormal || regained != smallest_normal) {
    throw Error(
        "this thread flushes subnormal numbers to zero (a library built with -ffast-math may have set it); results "
        "would differ from the reference");
  }
}

}  // namespace ternsim::model
