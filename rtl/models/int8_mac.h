#pragma once

#include <cstdint>
#include <span>

namespace ternsim::rtl {

/// One row of one beat of rtl/src/int8_mac_array.sv: the accumulator, of `accumulator_bits` (2 to 32) and
/// sign-extended, plus the products of all lanes; it wraps. Throws std::invalid_argument on unequal sizes.
std::int32_t int8_mac(std::int32_t accumulator, std::span<const std::int8_t> weights,
                      std::span<const std::int8_t> activations, int accumulator_bits = 32);

}  // namespace ternsim::rtl
