#pragma once

#include <cstdint>

#include "kernels/packing_body.h"

namespace ternsim::kernels {

// Packing::TripleLookup: five bits for three weights, 1.67 bits a weight, after TL2 of bitnet.cpp (arXiv 2502.11880,
// section 3).
//
// A triple (w0, w1, w2) of neighbours in a row has n = 9 w0 + 3 w1 + w2, -13 to 13: four bits hold |n|, one its sign.
// Rows come in tiles of 32, padded with weight 0, and a tile in blocks of sixteen triples (48 columns, padded with
// weight 0) and 320 bytes:
//
//   64 bytes of signs, then four times 64 bytes of magnitudes, each of four triples
//
// Byte 16 t + i of the j-th magnitudes holds triple 4 j + t of row i in its low nibble and of row 16 + i in its high
// one; their signs (1: negative) are the bits 2 j and 2 j + 1 of sign byte 16 t + i.
//
// A product makes a table of the fourteen sums of non-negative n for each three activations, then looks the weights up;
// the sums reach 384 and are kept in two bytes, so that the result is exact.

/// Blocks of sixteen triples in a tile.
std::int64_t triple_lookup_blocks(std::int64_t cols);

extern const PackingBody kTripleLookup;

}  // namespace ternsim::kernels
