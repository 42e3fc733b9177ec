#include "rtl/models/requantise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include "base/error.h"

namespace ternsim::rtl {

namespace {

constexpr std::uint64_t kMost = 0x7fffffff;
constexpr int kNormalBits = 31;

/// value / 2^bits to the nearest integer, ties to even; bits up to 63.
std::uint64_t round_shift(std::uint64_t value, int bits) {
  if (bits == 0) return value;
  const std::uint64_t half = std::uint64_t{1} << (bits - 1);
  const std::uint64_t kept = value >> bits;
  const std::uint64_t below = value & (2 * half - 1);
  return kept + std::uint64_t{below > half || (below == half && kept % 2 == 1)};
}

std::uint64_t absolute(std::int32_t value) { return static_cast<std::uint64_t>(std::abs(std::int64_t{value})); }

}  // namespace

FixedScale fixed_scale(double scale, int unit_bits) {
  const bool usable = scale > 0 && std::isfinite(scale) && std::abs(unit_bits) < 4096;
  int exponent = 0;
  const double fraction = std::frexp(usable ? scale : 1.0, &exponent);  // in [0.5, 1)
  auto mantissa = std::lrint(std::ldexp(fraction, 16));
  int shift = 16 - exponent - (usable ? unit_bits : 0);
  if (mantissa == 1 << 16) {
    mantissa >>= 1;
    --shift;
  }
  if (!usable || shift < 0 || shift > 63) {
    throw RequestError("fixed-point scale: " + std::to_string(scale) + " * 2^" + std::to_string(unit_bits) +
                       " is outside 2^-48 to 2^16; choose another unit for the sums");
  }
  return {static_cast<std::uint16_t>(mantissa), static_cast<std::uint8_t>(shift)};
}

RequantisedRow requantise(std::span<const std::int32_t> sums, std::span<const FixedScale> scales,
                          const RequantiseParameters& parameters) {
  if (scales.size() != 1 && scales.size() != sums.size()) {
    throw std::invalid_argument("requantise: not one scale, nor one for each sum");
  }
  if (parameters.fraction_bits < 8 || parameters.fraction_bits > 24 || parameters.absmax_floor < 1 ||
      parameters.absmax_floor > kMost) {
    throw std::invalid_argument("requantise: parameters");
  }
  RequantisedRow row;
  std::uint64_t most = parameters.absmax_floor;
  std::vector<std::uint64_t> y(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const FixedScale scale = scales[scales.size() == 1 ? 0 : i];
    if (scale.shift > 63) throw std::invalid_argument("requantise: shift above 63");
    y[i] = round_shift(absolute(sums[i]) * scale.mantissa, scale.shift);
    if (y[i] > kMost) {
      y[i] = kMost;
      row.saturated = true;
    }
    most = std::max(most, y[i]);
  }

  const int left = kNormalBits - static_cast<int>(std::bit_width(most));
  const int point = kNormalBits + parameters.fraction_bits;
  const std::uint64_t reciprocal = (std::uint64_t{127} << point) / (most << left);
  row.absmax = static_cast<std::uint32_t>(most);
  row.q.resize(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto q = static_cast<int>(round_shift((y[i] << left) * reciprocal, point));
    row.q[i] = static_cast<std::int8_t>(sums[i] < 0 ? -q : q);
  }
  return row;
}

}  // namespace ternsim::rtl
