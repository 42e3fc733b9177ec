// Compiled with AVX-512, alone: no standard header with inline code may be included here (see
// kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/pair_lookup_bodies.h"
#include "kernels/read_ahead.h"

namespace ternsim::kernels {

namespace {

/// Sums of 16 rows in each quarter, over different pairs. Low bytes: `words` adds neighbours as one 16-bit number (odd
/// bytes 256-fold, modulo 2^16), `odd` the odd ones alone; high bytes (0 to 2): as they are. Up to 127 steps fit.
struct RowSums {
  __m512i words = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  __m512i high = _mm512_setzero_si512();
  __m512i totals[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                       _mm512_setzero_si512()};  ///< [q]: int32 of the bytes 4 m + q

  void add(__m512i low_table, __m512i high_table, __m512i index) {
    const __m512i low = _mm512_shuffle_epi8(low_table, index);
    words = _mm512_add_epi16(words, low);
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(low, 8));
    high = _mm512_add_epi8(high, _mm512_shuffle_epi8(high_table, index));
  }
  void fold() {
    const __m512i word = _mm512_set1_epi32(0xffff);
    const __m512i byte = _mm512_set1_epi32(0xff00);
    const __m512i even = _mm512_sub_epi16(words, _mm512_slli_epi16(odd, 8));
    const auto add_to = [](__m512i& total, __m512i low, __m512i high_256fold) {
      total = _mm512_add_epi32(total, _mm512_add_epi32(low, high_256fold));
    };
    add_to(totals[0], _mm512_and_si512(even, word), _mm512_and_si512(_mm512_slli_epi32(high, 8), byte));
    add_to(totals[1], _mm512_and_si512(odd, word), _mm512_and_si512(high, byte));
    add_to(totals[2], _mm512_srli_epi32(even, 16), _mm512_and_si512(_mm512_srli_epi32(high, 8), byte));
    add_to(totals[3], _mm512_srli_epi32(odd, 16), _mm512_slli_epi32(_mm512_srli_epi32(high, 24), 8));
    words = odd = high = _mm512_setzero_si512();
  }
  void store(std::int32_t (&rows)[16]) const {
    for (int q = 0; q < 4; ++q) {
      alignas(16) std::int32_t lanes[4];
      const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(totals[q]), _mm512_extracti64x4_epi64(totals[q], 1));
      const __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
      _mm_store_si128(reinterpret_cast<__m128i*>(lanes), sum);
      for (int m = 0; m < 4; ++m) rows[4 * m + q] = lanes[m];
    }
  }
};

}  // namespace

void pair_lookup_avx512(const PairLookupArguments& arguments) {
  constexpr std::int64_t kFoldGroups = 126;
  const ReadAhead read_ahead = read_ahead_of(1);
  const __m512i nibble = _mm512_set1_epi8(0x0f);
  const auto bias = static_cast<std::int32_t>(4 * arguments.groups * kPairBias);
  for (std::int64_t tile = arguments.tile_begin; tile < arguments.tile_end; ++tile) {
    const std::uint8_t* codes = arguments.bytes + tile * arguments.groups * 64;
    const std::uint8_t* tables = arguments.tables;
    RowSums first;
    RowSums second;
    std::int64_t groups = arguments.groups;
    while (groups > 0) {
      const std::int64_t run = groups < kFoldGroups ? groups : kFoldGroups;
      for (std::int64_t g = 0; g < run; ++g, codes += 64, tables += 128) {
        read_ahead(codes);
        const __m512i v = _mm512_load_si512(codes);
        const __m512i low_table = _mm512_load_si512(tables);
        const __m512i high_table = _mm512_load_si512(tables + 64);
        first.add(low_table, high_table, _mm512_and_si512(v, nibble));
        second.add(low_table, high_table, _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble));
      }
      first.fold();
      second.fold();
      groups -= run;
    }
    std::int32_t rows[2][16];
    first.store(rows[0]);
    second.store(rows[1]);
    for (int i = 0; i < 32 && 32 * tile + i < arguments.rows; ++i) {
      arguments.sums[32 * tile + i] = rows[i / 16][i % 16] - bias;
    }
  }
}

}  // namespace ternsim::kernels
