#pragma once

#include <cstdint>

namespace ternsim::rtl {

// What rtl/src/fp16_mac*.sv compute, in integers: IEEE 754 binary16 and binary32 as bits, round to nearest with ties to
// even, subnormals, infinities, signed zeros; every NaN that comes out is the positive quiet one without payload.

/// a * b rounded to half.
std::uint16_t half_product(std::uint16_t a, std::uint16_t b);
/// a * b of two halves as a single, which holds it exactly.
std::uint32_t single_product(std::uint16_t a, std::uint16_t b);
/// a + b rounded to half.
std::uint16_t half_sum(std::uint16_t a, std::uint16_t b);
/// a + b of two singles, rounded to single.
std::uint32_t single_sum(std::uint32_t a, std::uint32_t b);

/// One beat with a half accumulator: two roundings, half(accumulator + half(weight * activation)).
std::uint16_t half_mac(std::uint16_t accumulator, std::uint16_t weight, std::uint16_t activation);
/// One beat with a single accumulator: one rounding, single(accumulator + weight * activation).
std::uint32_t single_mac(std::uint32_t accumulator, std::uint16_t weight, std::uint16_t activation);

}  // namespace ternsim::rtl
