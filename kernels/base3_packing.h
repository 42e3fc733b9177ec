#pragma once

#include <cstdint>

#include "kernels/packing_body.h"

namespace ternsim::kernels {

// Packing::Base3: five weights a byte, 1.6 bits a weight.
//
// A row is a run of blocks of 64 bytes and 320 weights, the last one possibly of 32 bytes and 160 weights; byte p of a
// block of B bytes holds the block's weights p, p + B, p + 2B, p + 3B and p + 4B. Rows are padded with weight 0.
//
// A byte is not the base-3 number itself but a numbering of the 243 combinations that two look-ups of 64 entries
// decode. With codes t = weight + 1, P = 3 t0 + t1, Q = 3 t2 + t3 and s = t4, bits written high to low:
//
//   P < 8, Q < 8   ss PPP QQQ
//   P = 8, Q < 8   11 ss 0 QQQ
//   P < 8, Q = 8   11 ss 1 PPP
//   P = 8, Q = 8   11 11 00 ss
//
// Codes reach 2 only, so ss = 11 is free to mark the last three.

/// Bytes of a row.
std::int64_t base3_row_bytes(std::int64_t cols);
/// The byte of five codes, each 0, 1 or 2.
std::uint8_t base3_byte(int t0, int t1, int t2, int t3, int t4);

extern const PackingBody kBase3;

}  // namespace ternsim::kernels
