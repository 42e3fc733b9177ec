#include "rtl/models/half_mac.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ternsim::rtl {

namespace {

/// An IEEE binary format.
struct Format {
  int exponent_bits;
  int fraction_bits;

  constexpr int sign_bit() const { return exponent_bits + fraction_bits; }
  /// Unbiased exponent of the smallest normal number, and of the subnormals.
  constexpr int least_exponent() const { return 2 - (1 << (exponent_bits - 1)); }
  constexpr std::uint32_t infinity() const { return ((1U << exponent_bits) - 1) << fraction_bits; }
  constexpr std::uint32_t quiet_nan() const { return infinity() | 1U << (fraction_bits - 1); }
  constexpr std::uint32_t signed_bits(bool minus, std::uint32_t bits) const {
    return bits | std::uint32_t{minus} << sign_bit();
  }
};

constexpr Format kHalf{5, 10};
constexpr Format kSingle{8, 23};

/// A number taken apart: significand * 2^exponent, unless infinite or NaN.
struct Parts {
  bool minus;
  bool infinite;
  bool nan;
  std::uint64_t significand;
  int exponent;
};

Parts parts(Format format, std::uint32_t bits) {
  const std::uint32_t fraction = bits & ((1U << format.fraction_bits) - 1);
  const auto field = static_cast<int>(bits >> format.fraction_bits & ((1U << format.exponent_bits) - 1));
  const bool top = field == (1 << format.exponent_bits) - 1;
  const std::uint64_t hidden = field == 0 ? 0 : std::uint64_t{1} << format.fraction_bits;
  return {(bits >> format.sign_bit() & 1) != 0, top && fraction == 0, top && fraction != 0, hidden | fraction,
          format.least_exponent() + std::max(field - 1, 0) - format.fraction_bits};
}

/// significand * 2^exponent, rounded. The lowest bit of a significand longer than the format may stand for more below.
std::uint32_t round(Format format, bool minus, std::uint64_t significand, int exponent) {
  const int top = std::max(exponent + static_cast<int>(std::bit_width(significand)) - 1, format.least_exponent());
  const int drop = top - format.fraction_bits - exponent;  // bits below the last place
  std::uint64_t kept = drop > 0 ? significand >> drop : significand << -drop;
  if (drop > 0) {
    const std::uint64_t half = std::uint64_t{1} << (drop - 1);
    const std::uint64_t below = significand & (2 * half - 1);
    if (below > half || (below == half && kept % 2 == 1)) ++kept;
  }
  // A normal number's leading one makes its exponent field one larger; so does a carry of the rounding.
  const std::uint64_t bits = (static_cast<std::uint64_t>(top - format.least_exponent()) << format.fraction_bits) + kept;
  return format.signed_bits(minus, static_cast<std::uint32_t>(std::min<std::uint64_t>(bits, format.infinity())));
}

std::uint32_t product(Format format, std::uint16_t a_bits, std::uint16_t b_bits) {
  const Parts a = parts(kHalf, a_bits);
  const Parts b = parts(kHalf, b_bits);
  const bool minus = a.minus != b.minus;
  const auto is_zero = [](const Parts& p) { return p.significand == 0; };
  if (a.nan || b.nan || (a.infinite && is_zero(b)) || (b.infinite && is_zero(a))) return format.quiet_nan();
  if (a.infinite || b.infinite) return format.signed_bits(minus, format.infinity());
  if (is_zero(a) || is_zero(b)) return format.signed_bits(minus, 0);
  return round(format, minus, a.significand * b.significand, a.exponent + b.exponent);
}

std::uint32_t sum(Format format, std::uint32_t a_bits, std::uint32_t b_bits) {
  Parts a = parts(format, a_bits);
  Parts b = parts(format, b_bits);
  if (a.nan || b.nan || (a.infinite && b.infinite && a.minus != b.minus)) return format.quiet_nan();
  if (a.infinite || b.infinite) return format.signed_bits(a.infinite ? a.minus : b.minus, format.infinity());
  if (a.exponent < b.exponent) std::swap(a, b);
  // Room for 36 places below the last one; what of b lies lower than that can only tell that it is not zero.
  constexpr int kRoom = 36;
  const std::uint64_t high = a.significand << kRoom;
  std::uint64_t low = b.significand << kRoom;
  const int distance = std::min(a.exponent - b.exponent, 63);
  low = low >> distance | std::uint64_t{(low & ((std::uint64_t{1} << distance) - 1)) != 0};
  const int exponent = a.exponent - kRoom;
  if (a.minus == b.minus) {
    if (high + low == 0) return format.signed_bits(a.minus, 0);
    return round(format, a.minus, high + low, exponent);
  }
  if (high == low) return 0;
  return high > low ? round(format, a.minus, high - low, exponent) : round(format, b.minus, low - high, exponent);
}

}  // namespace

std::uint16_t half_product(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::uint16_t>(product(kHalf, a, b));
}

std::uint32_t single_product(std::uint16_t a, std::uint16_t b) { return product(kSingle, a, b); }

std::uint16_t half_sum(std::uint16_t a, std::uint16_t b) { return static_cast<std::uint16_t>(sum(kHalf, a, b)); }

std::uint32_t single_sum(std::uint32_t a, std::uint32_t b) { return sum(kSingle, a, b); }

std::uint16_t half_mac(std::uint16_t accumulator, std::uint16_t weight, std::uint16_t activation) {
  return half_sum(accumulator, half_product(weight, activation));
}

std::uint32_t single_mac(std::uint32_t accumulator, std::uint16_t weight, std::uint16_t activation) {
  return single_sum(accumulator, single_product(weight, activation));
}

}  // namespace ternsim::rtl
