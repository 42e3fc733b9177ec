#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ternsim::rtl {

// What rtl/src/requantise*.sv compute. In units of y, all integers, every rounding to nearest with ties to even:
//
//   y = clamp(round(sum * mantissa / 2^shift), +-(2^31 - 1))
//   m = max(absmax_floor, max |y|), left = the shift that brings m's highest bit to bit 30
//   r = floor(127 * 2^(31 + fraction_bits) / (m << left))
//   q = round((y << left) * r / 2^(31 + fraction_bits))

/// A scale of a tensor: mantissa / 2^shift.
struct FixedScale {
  std::uint16_t mantissa = 0;
  std::uint8_t shift = 0;  ///< 0 to 63
};

/// scale * 2^unit_bits with a mantissa of 16 bits (the highest set), so that y counts in units of 2^-unit_bits. The
/// relative error is 2^-17 at most. Throws RequestError when the product is not in [2^-48, 2^16).
FixedScale fixed_scale(double scale, int unit_bits);

/// Parameters of the RTL module.
struct RequantiseParameters {
  int fraction_bits = 16;          ///< 8 to 24
  std::uint32_t absmax_floor = 1;  ///< 1 to 2^31 - 1
};

struct RequantisedRow {
  std::vector<std::int8_t> q;
  std::uint32_t absmax = 0;  ///< m
  bool saturated = false;    ///< a y was clamped
};

/// One token's sums; `scales` holds one for all of them or one for each. Throws std::invalid_argument on other sizes,
/// shifts or parameters.
RequantisedRow requantise(std::span<const std::int32_t> sums, std::span<const FixedScale> scales,
                          const RequantiseParameters& parameters = {});

}  // namespace ternsim::rtl
