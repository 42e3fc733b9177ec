#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// What a body of the triple packing works on: one token. Plain pointers, so that a body compiled for an instruction
/// set needs no other header.
struct TripleLookupArguments {
  const std::uint8_t* bytes;  ///< (tiles, blocks, 320): tiles of 32 rows, see triple_lookup_packing.h
  std::int64_t blocks;        ///< of sixteen triples
  std::int64_t rows;          ///< of the matrix
  std::int64_t tile_begin;    ///< this call takes the tiles [tile_begin, tile_end)
  std::int64_t tile_end;
  /// (4 * blocks, 2, 4, 16): the sums of four triples each as 255 high + low, |low| <= 127: low + 128, then high as
  /// int8; 64-byte aligned. Negated bytes are again of this form: -(low + 128) = -low + 128 modulo 256.
  const std::uint8_t* tables;
  std::int32_t* sums;  ///< (rows), those of the tiles taken are written
};
using TripleLookupBody = void (*)(const TripleLookupArguments& arguments);

inline constexpr std::int32_t kTripleRadix = 255;
/// What each low byte has in excess.
inline constexpr std::int32_t kTripleBias = 128;

void triple_lookup_scalar(const TripleLookupArguments& arguments);
void triple_lookup_avx2(const TripleLookupArguments& arguments);
void triple_lookup_avx512(const TripleLookupArguments& arguments);
void triple_lookup_neon(const TripleLookupArguments& arguments);

}  // namespace ternsim::kernels
