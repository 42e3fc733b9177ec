#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// What a body of the pair packing works on: one token. Plain pointers, so that a body compiled for an instruction set
/// needs no other header.
struct PairLookupArguments {
  const std::uint8_t* bytes;  ///< (tiles, groups, 64): tiles of 32 rows, see pair_lookup_packing.h
  std::int64_t groups;        ///< of four pairs
  std::int64_t rows;          ///< of the matrix
  std::int64_t tile_begin;    ///< this call takes the tiles [tile_begin, tile_end)
  std::int64_t tile_end;
  const std::uint8_t* tables;  ///< (groups, 2, 4, 16): low, then high bytes of a pair's sums + 256; 64-byte aligned
  std::int32_t* sums;          ///< (rows), those of the tiles taken are written
};
using PairLookupBody = void (*)(const PairLookupArguments& arguments);

/// What each entry of a table has in excess of the sum, so that its bytes are unsigned.
inline constexpr std::int32_t kPairBias = 256;

void pair_lookup_scalar(const PairLookupArguments& arguments);
void pair_lookup_avx2(const PairLookupArguments& arguments);
void pair_lookup_avx512(const PairLookupArguments& arguments);
void pair_lookup_neon(const PairLookupArguments& arguments);

}  // namespace ternsim::kernels
