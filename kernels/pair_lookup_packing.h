#pragma once

#include <cstdint>

#include "kernels/packing_body.h"

namespace ternsim::kernels {

// Packing::PairLookup: four bits for two weights, after TL1 of bitnet.cpp (arXiv 2410.16144, section 2; arXiv
// 2502.11880, section 3).
//
// A pair (w0, w1) of neighbours in a row is the number 3 w0 + w1 + 4, 0 to 8. Rows come in tiles of 32, padded with
// weight 0; in a tile each pair of columns is 16 bytes, byte i holding row i in its low nibble and row 16 + i in its
// high one. Columns are padded with weight 0 to a multiple of eight.
//
// A product makes a table of the nine sums a0 w0 + a1 w1 for each pair of activations, then looks the weights up. TL1
// rounds its sums to int8 or packs two look-ups; here low and high bytes are looked up and summed apart, so that the
// result is exact.

/// Groups of four pairs, 64 bytes of a tile each.
std::int64_t pair_lookup_groups(std::int64_t cols);

extern const PackingBody kPairLookup;

}  // namespace ternsim::kernels
