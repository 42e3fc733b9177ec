#pragma once

#include <immintrin.h>

#include <cstdint>

namespace ternsim::kernels::avx512 {

/// Product of a panel of 32 rows by tiles of tokens, for bodies that differ in how codes lie in memory.
///
/// A panel is codes (0..2, one a byte) as (k / 4, 32 rows, 4); a tile's activations are (k / 4, tokens, 4). So one
/// vpdpbusd takes four inputs of 16 rows by one token, and 24 accumulators keep the multiplier busy.
constexpr std::int64_t kPanelRows = 32;
constexpr std::int64_t kTileTokens = 12;
/// Inputs of a panel: 32 KiB of codes and a tile's activations stay in the first-level cache. With more, unpacking
/// would wait for its stores.
constexpr std::int64_t kPanelInputs = 1024;

/// Tiles are as even as can be: tile i takes the tokens [tokens * i / tiles, tokens * (i + 1) / tiles).
inline std::int64_t tile_count(std::int64_t tokens) { return (tokens + kTileTokens - 1) / kTileTokens; }

/// Bytes of a panel's sums for each token.
constexpr std::int64_t kPanelSumBytes = 4 * kPanelRows;

/// Codes that will be unpacked next: asked for from memory while a panel is multiplied.
struct NextCodes {
  const std::uint8_t* const* rows = nullptr;  ///< 32, or null for none
  std::int64_t offset = 0;                    ///< first byte wanted of each row
  std::int64_t bytes = 0;
};

/// Adds the product of a panel to `sums`, (tokens, 32 rows) int32 in the order of the tiles, 64-byte aligned.
/// `activations` are those of all tiles (tile, padded / 4, tokens, 4); the panel's inputs, a multiple of 16, start at
/// `k_begin`, a multiple of 4.
void multiply_panel(const std::uint8_t* panel, std::int64_t inputs, const std::int8_t* activations, std::int64_t padded,
                    std::int64_t k_begin, std::int64_t tokens, __m512i* sums, const NextCodes& next = {});

/// Where a panel's sums belong.
struct PanelRows {
  std::int32_t* sums;  ///< sums[t * stride + row]
  std::int64_t stride;
  const std::int32_t* row_list;  ///< the panel's rows, or null where they are `row`, row + 1, ...
  std::int64_t row;
  std::int64_t rows;  ///< at most 32
  const std::int32_t* token_sums;
};

/// Writes a panel's sums less `token_sums` there.
void put_panel(const __m512i* sums, std::int64_t tokens, const PanelRows& rows);

/// Part `part` of `parts` of laying out activations (tokens, cols) in tiles, padded with zeros to `padded` inputs (a
/// multiple of 4), and their token sums.
void prepare_tiles(const std::int8_t* activations, std::int64_t cols, std::int64_t padded, std::int64_t tokens,
                   std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums);

/// Turns 16 rows of 16 dwords into 16 dwords of 16 rows.
static inline void transpose(__m512i (&v)[16]) {
  __m512i w[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    w[2 * i] = _mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
    w[2 * i + 1] = _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    v[4 * i] = _mm512_unpacklo_epi64(w[4 * i], w[4 * i + 2]);
    v[4 * i + 1] = _mm512_unpackhi_epi64(w[4 * i], w[4 * i + 2]);
    v[4 * i + 2] = _mm512_unpacklo_epi64(w[4 * i + 1], w[4 * i + 3]);
    v[4 * i + 3] = _mm512_unpackhi_epi64(w[4 * i + 1], w[4 * i + 3]);
  }
  // v[4 g + c] holds, in lane l, dword 4 l + c of rows 4 g ... 4 g + 3.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i low01 = _mm512_shuffle_i32x4(v[c], v[4 + c], 0x88);   // lanes 0, 2 of rows 0-3, then of rows 4-7
    const __m512i high01 = _mm512_shuffle_i32x4(v[c], v[4 + c], 0xdd);  // lanes 1, 3
    const __m512i low23 = _mm512_shuffle_i32x4(v[8 + c], v[12 + c], 0x88);
    const __m512i high23 = _mm512_shuffle_i32x4(v[8 + c], v[12 + c], 0xdd);
    w[c] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    w[8 + c] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
    w[4 + c] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    w[12 + c] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) v[i] = w[i];
}

}  // namespace ternsim::kernels::avx512
