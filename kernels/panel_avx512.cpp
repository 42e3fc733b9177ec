// Compiled for AVX-512, alone: see kernels/CMakeLists.txt.
#include "kernels/panel_avx512.h"

namespace ternsim::kernels::avx512 {

namespace {

constexpr int kUnroll = 4;  // divides the eight quads of half a block

/// 32 rows by kTokens tokens. Little else may stand here: the compiler keeps the sums in registers only in plain loops.
template <int kTokens>
void tile(const std::uint8_t* codes, std::int64_t quads, const std::int8_t* a, __m512i* sums) {
  __m512i low[kTokens];
  __m512i high[kTokens];
#pragma GCC unroll 12
  for (int t = 0; t < kTokens; ++t) {
    low[t] = sums[2 * t];
    high[t] = sums[2 * t + 1];
  }
  // Unrolled: the counting takes the multipliers' ports too.
  for (std::int64_t q = 0; q < quads; q += kUnroll, codes += kUnroll * 4 * kPanelRows, a += kUnroll * 4 * kTokens) {
#pragma GCC unroll 4
    for (int u = 0; u < kUnroll; ++u) {
      const __m512i c0 = _mm512_load_si512(codes + u * 4 * kPanelRows);
      const __m512i c1 = _mm512_load_si512(codes + u * 4 * kPanelRows + 64);
#pragma GCC unroll 12
      for (int t = 0; t < kTokens; ++t) {
        std::int32_t four;
        __builtin_memcpy(&four, a + 4 * (u * kTokens + t), sizeof four);
        const __m512i b = _mm512_set1_epi32(four);
        low[t] = _mm512_dpbusd_epi32(low[t], c0, b);
        high[t] = _mm512_dpbusd_epi32(high[t], c1, b);
      }
    }
  }
#pragma GCC unroll 12
  for (int t = 0; t < kTokens; ++t) {
    sums[2 * t] = low[t];
    sums[2 * t + 1] = high[t];
  }
}

using Tile = void (*)(const std::uint8_t*, std::int64_t, const std::int8_t*, __m512i*);
constexpr Tile kTiles[kTileTokens] = {tile<1>, tile<2>, tile<3>, tile<4>,  tile<5>,  tile<6>,
                                      tile<7>, tile<8>, tile<9>, tile<10>, tile<11>, tile<12>};

}  // namespace

void multiply_panel(const std::uint8_t* panel, std::int64_t inputs, const std::int8_t* activations, std::int64_t padded,
                    std::int64_t k_begin, std::int64_t tokens, __m512i* sums, const NextCodes& next) {
  const std::int64_t tiles = tile_count(tokens);
  const std::int64_t rows = next.rows != nullptr ? kPanelRows : 0;
  for (std::int64_t i = 0; i < tiles; ++i) {
    // A few rows a tile: all at once would fill the line buffers and hold the product up.
    for (std::int64_t r = rows * i / tiles; r < rows * (i + 1) / tiles; ++r) {
      for (std::int64_t b = 0; b < next.bytes; b += 64) {
        _mm_prefetch(next.rows[r] + next.offset + b, _MM_HINT_T1);
      }
    }
    const std::int64_t token = tokens * i / tiles;
    const std::int64_t n = tokens * (i + 1) / tiles - token;
    kTiles[n - 1](panel, inputs / 4, activations + token * padded + k_begin * n, sums + 2 * token);
  }
}

void put_panel(const __m512i* sums, std::int64_t tokens, const PanelRows& rows) {
  const std::int64_t low_rows = rows.rows < 16 ? rows.rows : 16;
  const auto low = static_cast<__mmask16>((1U << low_rows) - 1);
  const auto high = static_cast<__mmask16>((1U << (rows.rows - low_rows)) - 1);
  for (std::int64_t t = 0; t < tokens; ++t, sums += 2) {
    const __m512i less = _mm512_set1_epi32(rows.token_sums[t]);
    const __m512i low_sums = _mm512_sub_epi32(sums[0], less);
    const __m512i high_sums = _mm512_sub_epi32(sums[1], less);
    std::int32_t* const at = rows.sums + t * rows.stride;
    if (rows.row_list == nullptr) {
      _mm512_mask_storeu_epi32(at + rows.row, low, low_sums);
      _mm512_mask_storeu_epi32(at + rows.row + low_rows, high, high_sums);
    } else {
      _mm512_mask_i32scatter_epi32(at, low, _mm512_maskz_loadu_epi32(low, rows.row_list), low_sums, 4);
      _mm512_mask_i32scatter_epi32(at, high, _mm512_maskz_loadu_epi32(high, rows.row_list + low_rows), high_sums, 4);
    }
  }
}

void prepare_tiles(const std::int8_t* activations, std::int64_t cols, std::int64_t padded, std::int64_t tokens,
                   std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums) {
  const std::int64_t tiles = tile_count(tokens);
  const __m512i ones = _mm512_set1_epi8(1);
  for (std::int64_t i = tiles * part / parts; i < tiles * (part + 1) / parts; ++i) {
    const std::int64_t token = tokens * i / tiles;
    const std::int64_t n = tokens * (i + 1) / tiles - token;
    const auto some_tokens = static_cast<__mmask16>((1U << n) - 1);
    __m512i sums[16];
    for (__m512i& sum : sums) sum = _mm512_setzero_si512();
    for (std::int64_t k = 0; k < padded; k += 64) {
      const std::int64_t left = cols - k;
      const __mmask64 some = left >= 64 ? ~__mmask64{0} : left <= 0 ? 0 : (__mmask64{1} << left) - 1;
      __m512i v[16];
      for (std::int64_t t = 0; t < 16; ++t) {
        v[t] = _mm512_setzero_si512();
        if (t < n) v[t] = _mm512_maskz_loadu_epi8(some, activations + (token + t) * cols + k);
        sums[t] = _mm512_dpbusd_epi32(sums[t], ones, v[t]);
      }
      transpose(v);
      std::int8_t* const to = prepared + token * padded + k * n;
      const std::int64_t quads = (padded - k) / 4;
      for (std::int64_t q = 0; q < 16 && q < quads; ++q) {
        _mm512_mask_storeu_epi32(to + 4 * n * q, some_tokens, v[q]);
      }
    }
    for (std::int64_t t = 0; t < n; ++t) token_sums[token + t] = _mm512_reduce_add_epi32(sums[t]);
  }
}

}  // namespace ternsim::kernels::avx512
