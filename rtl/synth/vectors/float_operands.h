#pragma once

#include <cmath>
#include <cstdint>

#include "base/random.h"
#include "model/half.h"

namespace ternsim::synth {

/// Floating-point operands out of a stream's int8, drawn in the order of the calls.
class FloatOperands {
 public:
  /// A real number that quantises to the int8, in units of 1/64, so that all bits of the significand are in use.
  float near(std::int8_t code) { return static_cast<float>((code + random_.uniform() - 0.5) / 64); }
  std::uint16_t half_near(std::int8_t code) { return model::f32_to_f16(near(code)); }
  /// Bell-shaped weights likewise; those of a ternary layer are -1, 0 and 1 themselves.
  std::uint16_t half_weight(std::int8_t code) {
    return std::abs(code) <= 1 ? model::f32_to_f16(static_cast<float>(code)) : half_near(code);
  }

 private:
  Random random_{2};
};

}  // namespace ternsim::synth
