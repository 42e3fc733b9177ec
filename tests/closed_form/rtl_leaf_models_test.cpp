// The C++ models of the RTL's leaf modules against definitions that share nothing with them: the packing's encoder,
// double and float arithmetic of this machine, and the float formula of the reference.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "kernels/base3_packing.h"
#include "model/float_ops.h"
#include "rtl/models/half_mac.h"
#include "rtl/models/int8_mac.h"
#include "rtl/models/requantise.h"
#include "rtl/models/trit_codes.h"

namespace ternsim::rtl {
namespace {

TEST(RtlLeafModels, TritsOfEveryByteAreThoseOfThePacking) {
  std::array<bool, 256> numbered{};
  for (int n = 0; n < 243; ++n) {
    const std::array<int, 5> t{n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3, n / 81};
    const std::uint8_t byte = kernels::base3_byte(t[0], t[1], t[2], t[3], t[4]);
    numbered[byte] = true;
    const TritCodes codes = decode_trits(byte);
    EXPECT_FALSE(codes.illegal);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(codes.codes[i], t[i]) << int{byte};
  }
  int illegal = 0;
  for (unsigned b = 0; b < 256; ++b) {
    if (numbered[b]) continue;
    ++illegal;
    const TritCodes codes = decode_trits(static_cast<std::uint8_t>(b));
    EXPECT_TRUE(codes.illegal) << b;
    for (const std::uint8_t c : codes.codes) EXPECT_EQ(c, 3) << b;
  }
  EXPECT_EQ(illegal, 13);
}

TEST(RtlLeafModels, Int8) {
  const std::vector<std::int8_t> lowest(64, -128);
  const std::vector<std::int8_t> highest(64, 127);
  EXPECT_EQ(int8_mac(5, lowest, lowest), 5 + 64 * 16384);
  EXPECT_EQ(int8_mac(0, lowest, highest), -64 * 16256);
  EXPECT_EQ(int8_mac(64 * 16384, lowest, lowest, 22), -(1 << 21));  // 2^21 does not fit and wraps
  EXPECT_EQ(
      int8_mac(std::numeric_limits<std::int32_t>::max(), std::array<std::int8_t, 1>{1}, std::array<std::int8_t, 1>{1}),
      std::numeric_limits<std::int32_t>::min());
  EXPECT_THROW(int8_mac(0, lowest, std::span(highest).first(3)), std::invalid_argument);
  EXPECT_THROW(int8_mac(0, lowest, lowest, 33), std::invalid_argument);
}

/// The value of a half; NaN for every NaN.
double value_of(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  return half >> 15 != 0 ? -value : value;
}

/// The half nearest to a double, ties to even, by the machine's own rounding of a scaled number.
std::uint16_t nearest_half(double value) {
  if (std::isnan(value)) return 0x7e00;
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  const int exponent = magnitude < 0x1p-14 ? -14 : std::ilogb(magnitude);
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));  // up to 2048
  return static_cast<std::uint16_t>(sign + ((exponent + 14) << 10) + steps);
}

std::uint32_t bits_of(float value) { return std::isnan(value) ? 0x7fc00000 : std::bit_cast<std::uint32_t>(value); }

/// Counts differences and shows the first few.
struct Differences {
  std::uint64_t compared = 0;
  int shown = 0;
  void check(std::uint32_t got, std::uint32_t expected, const char* what, std::uint32_t a, std::uint32_t b) {
    ++compared;
    if (got != expected && ++shown < 6) {
      ADD_FAILURE() << std::hex << what << "(" << a << ", " << b << ") = " << got << ", not " << expected;
    }
  }
};

void check_halves(std::uint16_t a, std::uint16_t b, Differences& differences) {
  const double x = value_of(a);
  const double y = value_of(b);
  // Doubles hold products (22 bits) and sums (41 bits) of halves exactly; singles hold the products.
  differences.check(half_product(a, b), nearest_half(x * y), "half_product", a, b);
  differences.check(half_sum(a, b), nearest_half(x + y), "half_sum", a, b);
  differences.check(single_product(a, b), bits_of(static_cast<float>(x) * static_cast<float>(y)), "single_product", a,
                    b);
}

TEST(RtlLeafModels, HalvesAgainstExactArithmetic) {
  Differences differences;
  // Every half with the ends of every class and of every rounding case around one.
  constexpr std::array<std::uint16_t, 20> kOthers{0x0000, 0x8000, 0x0001, 0x8001, 0x0200, 0x03ff, 0x0400,
                                                  0x8401, 0x07ff, 0x3bff, 0x3c00, 0xbc00, 0x3c01, 0x5bff,
                                                  0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7c01, 0xfe00};
  for (std::uint32_t a = 0; a < 0x10000; ++a) {
    for (const std::uint16_t b : kOthers) {
      check_halves(static_cast<std::uint16_t>(a), b, differences);
      check_halves(b, static_cast<std::uint16_t>(a), differences);
    }
  }
  Random random(1);
  for (int i = 0; i < 4000000; ++i) {
    const std::uint64_t r = random.next();
    auto b = static_cast<std::uint16_t>(r >> 16);
    // A quarter with exponents that lie close, where sums cancel, and a quarter around the subnormal products.
    if (r >> 62 == 0) b = static_cast<std::uint16_t>((b & 0x83ff) | (r & 0x7c00));
    if (r >> 62 == 1) b = static_cast<std::uint16_t>((b & 0x83ff) | ((0x4400 - (r & 0x7c00)) & 0x7c00));
    check_halves(static_cast<std::uint16_t>(r), b, differences);
  }
  EXPECT_GT(differences.compared, 19000000U);
}

TEST(RtlLeafModels, SinglesAgainstThisMachine) {
  Differences differences;
  const auto check = [&](std::uint32_t a, std::uint32_t b) {
    differences.check(single_sum(a, b), bits_of(std::bit_cast<float>(a) + std::bit_cast<float>(b)), "single_sum", a, b);
  };
  constexpr std::array<std::uint32_t, 14> kSpecial{0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00800000,
                                                   0x3f800000, 0xbf800001, 0x4b800000, 0x7f7fffff, 0xff7fffff,
                                                   0x7f800000, 0xff800000, 0x7f800001, 0xffc00000};
  Random random(2);
  for (int i = 0; i < 4000000; ++i) {
    const std::uint64_t r = random.next();
    const auto a = static_cast<std::uint32_t>(r);
    auto b = static_cast<std::uint32_t>(r >> 32);
    // Any bits, or an exponent up to 31 below or above a's, which is where something is added at all.
    if (i % 2 == 0) b = (b & 0x807fffff) | ((a + (random.below(63) << 23) - (31U << 23)) & 0x7f800000);
    check(a, b);
    check(a, kSpecial[random.below(kSpecial.size())]);
  }
  for (const std::uint32_t a : kSpecial) {
    for (const std::uint32_t b : kSpecial) check(a, b);
  }
  // A whole beat: one rounding with a single, two with a half accumulator.
  EXPECT_EQ(single_mac(0x3f800000, 0x1000, 0x1000), 0x3f800002U);  // 1 + 2^-22
  EXPECT_EQ(half_mac(0x3c00, 0x1000, 0x1000), 0x3c00);             // 1 + 2^-22 rounds to 1
  EXPECT_EQ(half_mac(0x0000, 0x0001, 0x3800), 0x0000);             // 2^-24 / 2 rounds to the even zero
}

TEST(RtlLeafModels, FixedScales) {
  EXPECT_EQ(fixed_scale(1.0, 0).mantissa, 0x8000);
  EXPECT_EQ(fixed_scale(1.0, 0).shift, 15);
  EXPECT_EQ(fixed_scale(1.0, 15).shift, 0);
  EXPECT_THROW(fixed_scale(1.0, 16), RequestError);
  EXPECT_THROW(fixed_scale(0.0, 0), RequestError);
  EXPECT_THROW(fixed_scale(-1.0, 0), RequestError);
  EXPECT_THROW(fixed_scale(std::numeric_limits<double>::infinity(), 0), RequestError);
  EXPECT_THROW(fixed_scale(std::numeric_limits<double>::quiet_NaN(), 0), RequestError);
  EXPECT_EQ(fixed_scale(1 - 0x1p-20, 0).mantissa, 0x8000);  // the mantissa rounds up to the next power of two
  EXPECT_EQ(fixed_scale(1 - 0x1p-20, 0).shift, 15);
  Random random(3);
  for (int i = 0; i < 10000; ++i) {
    const double scale = std::exp2(-20 + 25 * random.uniform());
    const FixedScale fixed = fixed_scale(scale, 10);
    EXPECT_GE(fixed.mantissa, 0x8000);
    const double back = std::ldexp(fixed.mantissa, -fixed.shift - 10);
    EXPECT_LE(std::abs(back - scale), scale * 0x1p-16);
  }
}

TEST(RtlLeafModels, RequantiseByHand) {
  const std::array<FixedScale, 1> half{{{1, 1}}};  // 1 / 2: ties
  const std::vector<std::int32_t> sums{254, 1, 3, 5, -3, -254, 0};
  const RequantisedRow row = requantise(sums, half);
  EXPECT_EQ(row.absmax, 127U);
  EXPECT_EQ(row.q, (std::vector<std::int8_t>{127, 0, 2, 2, -2, -127, 0}));
  EXPECT_FALSE(row.saturated);
  // A row of zeros; a floor of its own.
  EXPECT_EQ(requantise(std::vector<std::int32_t>(3), half).q, std::vector<std::int8_t>(3));
  EXPECT_EQ(requantise(std::vector<std::int32_t>(3), half).absmax, 1U);
  EXPECT_EQ(requantise(sums, half, {.absmax_floor = 254}).q, (std::vector<std::int8_t>{64, 0, 1, 1, -1, -64, 0}));
  // A tensor whose scale is a hundredth, in the same row.
  const RequantisedRow joined =
      requantise(std::vector<std::int32_t>{1000, 1000}, std::array<FixedScale, 2>{{{100, 0}, {1, 0}}});
  EXPECT_EQ(joined.q, (std::vector<std::int8_t>{127, 1}));
  // The clamp: 2^31 * 65535 is far outside.
  const RequantisedRow clamped =
      requantise(std::vector<std::int32_t>{std::numeric_limits<std::int32_t>::min(), 1 << 30},
                 std::array<FixedScale, 1>{{{65535, 0}}});
  EXPECT_TRUE(clamped.saturated);
  EXPECT_EQ(clamped.absmax, 0x7fffffffU);
  EXPECT_EQ(clamped.q, (std::vector<std::int8_t>{-127, 127}));
  EXPECT_THROW(requantise(sums, std::array<FixedScale, 2>{}), std::invalid_argument);
  EXPECT_THROW(requantise(sums, std::array<FixedScale, 1>{{{1, 64}}}), std::invalid_argument);
  EXPECT_THROW(requantise(sums, half, {.fraction_bits = 25}), std::invalid_argument);
  EXPECT_THROW(requantise(sums, half, {.absmax_floor = 0}), std::invalid_argument);
}

/// How the fixed-point stage and the reference's float formula differ.
struct Deviation {
  std::uint64_t values = 0;
  std::uint64_t by_one = 0;
  std::uint64_t by_more = 0;
  std::uint64_t ties = 0;  ///< of those by one, the quotients that lie exactly between two integers
};

/// Rows of bell-shaped sums as a BitLinear gives them, whose largest |y| takes `absmax_bits` bits in units of y.
Deviation deviation(int absmax_bits, int rows, std::uint64_t seed) {
  Random random(seed);
  Deviation d;
  for (int r = 0; r < rows; ++r) {
    const std::size_t n = 1000 + random.below(6000);
    const double spread = 200 * std::exp2(6 * random.uniform());  // of the sums
    std::vector<std::int32_t> sums(n);
    std::int64_t most = 1;
    for (std::int32_t& s : sums) {
      double bell = -6;
      for (int i = 0; i < 12; ++i) bell += random.uniform();
      s = static_cast<std::int32_t>(std::lrint(spread * bell));
      most = std::max<std::int64_t>(most, std::abs(s));
    }
    // A weight scale like those of 2B4T, and the unit that gives the wanted size.
    const auto scale = static_cast<float>(0.01 * std::exp2(random.uniform()));
    const int unit_bits = absmax_bits - 1 - std::ilogb(static_cast<double>(most) * scale);
    const RequantisedRow row = requantise(sums, std::array<FixedScale, 1>{fixed_scale(scale, unit_bits)});
    EXPECT_NEAR(static_cast<double>(row.absmax), std::ldexp(static_cast<double>(most) * scale, unit_bits),
                0.51 + row.absmax * 0x1p-16);

    std::vector<float> y(n);
    for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<float>(sums[i]) * scale;
    std::vector<std::int8_t> q(n);
    model::quantise_absmax(y, q);
    for (std::size_t i = 0; i < n; ++i) {
      const int off = std::abs(q[i] - row.q[i]);
      d.by_one += off == 1;
      d.ties += off == 1 && 254 * std::abs(std::int64_t{sums[i]}) % most == 0;
      d.by_more += off > 1;
    }
    d.values += n;
  }
  return d;
}

// The reciprocal is short by 2^-16 at most and y by half a unit, so that q before its rounding is off by at most
// 127 / absmax + 2^-16, and float32 by 2^-16: an int8 differs where a tie lies in that gap, and by no more than one
// when absmax has 8 bits or more. The limits on the share are twice that gap, the chance that a tie is in it.
TEST(RtlLeafModels, RequantiseDiffersFromTheFloatFormulaByOneAndSeldom) {
  for (const int absmax_bits : {9, 12, 16, 20, 24}) {
    const Deviation d = deviation(absmax_bits, 200, 40 + static_cast<std::uint64_t>(absmax_bits));
    const double share = static_cast<double>(d.by_one - d.ties) / static_cast<double>(d.values);
    RecordProperty("by_one_at_" + std::to_string(absmax_bits) + "_bits", std::to_string(d.by_one));
    EXPECT_EQ(d.by_more, 0U) << absmax_bits << " bits";
    EXPECT_LT(share, 2 * (127 * std::exp2(1 - absmax_bits) + 0x1p-15)) << absmax_bits << " bits";
    // Exact ties are few, and go either way in float32 too, whose reciprocal is rounded as well.
    EXPECT_LT(static_cast<double>(d.ties), 1e-3 * static_cast<double>(d.values)) << absmax_bits << " bits";
  }
}

}  // namespace
}  // namespace ternsim::rtl
