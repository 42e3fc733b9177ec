// Compiled for AVX-512 and AMX, alone: no standard header with inline code may be included here (see
// kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/amx_tiles.h"
#include "kernels/panel_avx512.h"
#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

// tdpbusd adds to 16 x 16 sums the product of 16 rows x 64 codes (operand A, as they stand) by 64 inputs x 16 tokens
// (operand B, as 16 quads x 16 tokens x 4). The 64 inputs of a step are one field of 64 packed bytes, two blocks, so
// that unpacking is a shift and a mask. What the second-level cache delivers is the limit, not the product: so three
// tiles of rows, whose codes of two packed lines (24 KiB) stay in the first level, take each tile of tokens.

/// Up to here the AVX-512 body streams rows as they are.
constexpr std::int64_t kStreamTokens = 4;
constexpr std::int64_t kTile = 16;  ///< rows, tokens and quads of a tile
constexpr std::int64_t kTileBytes = 1024;
constexpr std::int64_t kTileSums = kTile * kTile;
constexpr std::int64_t kRowTiles = 3;
constexpr std::int64_t kPanelRows = kRowTiles * kTile;
constexpr std::int64_t kLine = 64;                                    ///< packed bytes of a row
constexpr std::int64_t kPanelLines = 2;                               ///< that are unpacked at a time
constexpr std::int64_t kSteps = 4;                                    ///< of a line: one a field
constexpr std::int64_t kLineBytes = kSteps * kRowTiles * kTileBytes;  ///< unpacked, of all rows
constexpr std::int64_t kPanelBytes = kPanelLines * kLineBytes;

std::int64_t lines_of(std::int64_t row_bytes) { return (row_bytes + kLine - 1) / kLine; }
std::int64_t tiles_of(std::int64_t tokens) { return (tokens + kTile - 1) / kTile; }

std::int64_t prepared_bytes(std::int64_t row_bytes, std::int64_t tokens) {
  if (tokens <= kStreamTokens) return kTwoBitAvx512.prepared_bytes(row_bytes, tokens);
  return tiles_of(tokens) * lines_of(row_bytes) * kSteps * kTileBytes;
}

/// Activations as (tile of tokens, line, step, 16 quads, 16 tokens, 4).
void prepare(const std::int8_t* activations, std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
             std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums) {
  if (tokens <= kStreamTokens) {
    kTwoBitAvx512.prepare(activations, cols, row_bytes, tokens, part, parts, prepared, token_sums);
    return;
  }
  const std::int64_t tiles = tiles_of(tokens);
  const std::int64_t steps = kSteps * lines_of(row_bytes);
  const __m512i ones = _mm512_set1_epi8(1);
  for (std::int64_t i = tiles * part / parts; i < tiles * (part + 1) / parts; ++i) {
    std::int8_t* to = prepared + i * steps * kTileBytes;
    const std::int64_t n = tokens - kTile * i < kTile ? tokens - kTile * i : kTile;
    const std::int8_t* const a = activations + kTile * i * cols;
    __m512i sums[kTile];
    for (__m512i& sum : sums) sum = _mm512_setzero_si512();
    for (std::int64_t step = 0; step < steps; ++step, to += kTileBytes) {
      const auto inside = [cols](std::int64_t k) {
        return cols - k >= 32 ? ~__mmask32{0} : cols <= k ? __mmask32{0} : (__mmask32{1} << (cols - k)) - 1;
      };
      const std::int64_t k = step / kSteps * 256 + step % kSteps * 32;  // the field's inputs in the first block
      const __mmask32 first = inside(k);
      const __mmask32 second = inside(k + 128);
      __m512i v[kTile];
      for (std::int64_t t = 0; t < kTile; ++t) {
        v[t] = _mm512_setzero_si512();
        if (t < n) {
          v[t] = _mm512_inserti64x4(_mm512_zextsi256_si512(_mm256_maskz_loadu_epi8(first, a + t * cols + k)),
                                    _mm256_maskz_loadu_epi8(second, a + t * cols + k + 128), 1);
        }
        sums[t] = _mm512_dpbusd_epi32(sums[t], ones, v[t]);
      }
      avx512::transpose(v);
      for (std::int64_t q = 0; q < kTile; ++q) _mm512_store_si512(to + 64 * q, v[q]);
    }
    for (std::int64_t t = 0; t < n; ++t) token_sums[kTile * i + t] = _mm512_reduce_add_epi32(sums[t]);
  }
}

std::int64_t scratch_bytes(std::int64_t row_bytes, std::int64_t tokens) {
  if (tokens <= kStreamTokens) return kTwoBitAvx512.scratch_bytes(row_bytes, tokens);
  return kPanelBytes + kRowTiles * kTileBytes * tiles_of(tokens);
}

/// Unpacks the line at `offset` of the panel's rows, (step, 3, 16 rows, 64); a row's last line may be half a one.
void unpack(const std::uint8_t* const* rows, std::int64_t offset, std::int64_t row_bytes, std::uint8_t* panel) {
  constexpr std::int64_t kStepBytes = kRowTiles * kTileBytes;
  const __m512i mask = _mm512_set1_epi8(0x03);
  const auto some = static_cast<__mmask8>(row_bytes - offset < kLine ? 0x0f : 0xff);
  for (std::int64_t r = 0; r < kPanelRows; ++r, panel += kLine) {
    const __m512i v = _mm512_maskz_loadu_epi64(some, rows[r] + offset);
    _mm512_store_si512(panel, _mm512_and_si512(_mm512_srli_epi16(v, 6), mask));
    _mm512_store_si512(panel + kStepBytes, _mm512_and_si512(_mm512_srli_epi16(v, 4), mask));
    _mm512_store_si512(panel + 2 * kStepBytes, _mm512_and_si512(_mm512_srli_epi16(v, 2), mask));
    _mm512_store_si512(panel + 3 * kStepBytes, _mm512_and_si512(v, mask));
  }
}

/// `lines` lines of the panel by a tile of tokens: adds to, or where `first` begins, their sums (3, 16 rows, 16
/// tokens).
void multiply_tile(const std::uint8_t* panel, const std::int8_t* a, std::int64_t lines, std::int32_t* sums,
                   bool first) {
  if (first) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
  } else {
    _tile_loadd(0, sums, 64);
    _tile_loadd(1, sums + kTileSums, 64);
    _tile_loadd(2, sums + 2 * kTileSums, 64);
  }
  for (std::int64_t line = 0; line < lines; ++line) {
#pragma GCC unroll 4
    for (std::int64_t s = 0; s < kSteps; ++s, panel += kRowTiles * kTileBytes, a += kTileBytes) {
      _tile_loadd(4, a, 64);
      _tile_loadd(5, panel, 64);
      _tile_dpbusd(0, 5, 4);
      _tile_loadd(6, panel + kTileBytes, 64);
      _tile_dpbusd(1, 6, 4);
      _tile_loadd(7, panel + 2 * kTileBytes, 64);
      _tile_dpbusd(2, 7, 4);
    }
  }
  _tile_stored(0, sums, 64);
  _tile_stored(1, sums + kTileSums, 64);
  _tile_stored(2, sums + 2 * kTileSums, 64);
}

/// Turns the sums of the panel that begins at entry `at` over and writes them, less the token sums, where they belong.
void put(const TwoBitArguments& arguments, std::int64_t at, const std::int32_t* sums) {
  const std::int32_t* const list = arguments.row_list;
  for (std::int64_t i = 0; i < kRowTiles && at + kTile * i < arguments.end; ++i) {
    const std::int64_t row = at + kTile * i;
    const std::int64_t rows = arguments.end - row < kTile ? arguments.end - row : kTile;
    const auto some = static_cast<__mmask16>((1U << rows) - 1);
    const __m512i places = list != nullptr ? _mm512_maskz_loadu_epi32(some, list + row) : _mm512_setzero_si512();
    for (std::int64_t first = 0; first < arguments.tokens; first += kTile) {
      const std::int32_t* const tile = sums + (first / kTile * kRowTiles + i) * kTileSums;
      __m512i v[kTile];
#pragma GCC unroll 16
      for (int r = 0; r < kTile; ++r) v[r] = _mm512_load_si512(tile + kTile * r);
      avx512::transpose(v);
      const std::int64_t n = arguments.tokens - first < kTile ? arguments.tokens - first : kTile;
      for (std::int64_t t = 0; t < n; ++t) {
        const __m512i out = _mm512_sub_epi32(v[t], _mm512_set1_epi32(arguments.token_sums[first + t]));
        std::int32_t* const to = arguments.sums + (first + t) * arguments.sums_stride;
        if (list == nullptr) {
          _mm512_mask_storeu_epi32(to + row, some, out);
        } else {
          _mm512_mask_i32scatter_epi32(to, some, places, out, 4);
        }
      }
    }
  }
}

void multiply_panels(const TwoBitArguments& arguments) {
  const std::int64_t lines = lines_of(arguments.row_bytes);
  const std::int64_t pieces = (lines + kPanelLines - 1) / kPanelLines;
  const std::int64_t tiles = tiles_of(arguments.tokens);
  std::uint8_t* const panel = arguments.scratch;
  auto* const sums = reinterpret_cast<std::int32_t*>(arguments.scratch + kPanelBytes);
  const auto rows_from = [&](std::int64_t i, std::int64_t end, const std::uint8_t** rows) {
    for (std::int64_t j = 0; j < kPanelRows; ++j) {
      const std::int64_t at = i + j < end ? i + j : end - 1;
      rows[j] = arguments.codes + (arguments.row_list != nullptr ? arguments.row_list[at] : at) * arguments.row_bytes;
    }
  };
  for (std::int64_t i = arguments.begin; i < arguments.end; i += kPanelRows) {
    const std::uint8_t* rows[kPanelRows];
    const std::uint8_t* following[kPanelRows];
    rows_from(i, arguments.end, rows);
    rows_from(i + kPanelRows, arguments.count, following);
    for (std::int64_t p = 0; p < pieces; ++p) {
      const std::int64_t begin = lines * p / pieces;
      const std::int64_t end = lines * (p + 1) / pieces;
      for (std::int64_t l = begin; l < end; ++l) {
        unpack(rows, kLine * l, arguments.row_bytes, panel + (l - begin) * kLineBytes);
      }
      amx::tiles_read_memory();
      const bool last = p + 1 == pieces;
      const std::uint8_t* const* const next = last ? following : rows;
      const std::int64_t next_begin = last ? 0 : end;
      const std::int64_t next_end = last ? lines / pieces : lines * (p + 2) / pieces;
      for (std::int64_t t = 0; t < tiles; ++t) {
        // What is unpacked next, a few rows a tile: all at once would fill the line buffers.
        for (std::int64_t r = kPanelRows * t / tiles; r < kPanelRows * (t + 1) / tiles; ++r) {
          for (std::int64_t l = next_begin; l < next_end; ++l) _mm_prefetch(next[r] + kLine * l, _MM_HINT_T1);
        }
        multiply_tile(panel, arguments.activations + (t * lines + begin) * kSteps * kTileBytes, end - begin,
                      sums + t * kRowTiles * kTileSums, p == 0);
      }
    }
    put(arguments, i, sums);
  }
}

void multiply(const TwoBitArguments& arguments) {
  if (arguments.tokens <= kStreamTokens) return kTwoBitAvx512.multiply(arguments);
  const amx::AllTiles tiles;
  multiply_panels(arguments);
}

}  // namespace

const TwoBitBody kTwoBitAmx = {prepared_bytes, prepare, scratch_bytes, multiply, kPanelRows};

}  // namespace ternsim::kernels
