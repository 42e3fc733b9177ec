#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// Codes (weight + 1, a byte each) of `blocks` blocks of 128 weights of a two-bit row, in order of the columns.
void unpack_codes(const std::uint8_t* row, std::int64_t blocks, std::uint8_t* codes);
/// The inverse.
void pack_codes(const std::uint8_t* codes, std::int64_t blocks, std::uint8_t* row);

}  // namespace ternsim::kernels
