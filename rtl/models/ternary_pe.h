#pragma once

#include <cstdint>

namespace ternsim::rtl {

/// One beat of rtl/src/ternary_pe.sv: the accumulator, of `accumulator_bits` (9 to 32) and sign-extended, with the
/// activation added (code 2), subtracted (code 0) or dropped (codes 1 and 3); it wraps. Throws std::invalid_argument on
/// a code above 3 or other bits.
std::int32_t ternary_pe(std::int32_t accumulator, std::uint8_t code, std::int8_t activation, int accumulator_bits = 32);

}  // namespace ternsim::rtl
