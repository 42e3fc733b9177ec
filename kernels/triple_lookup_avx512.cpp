// Compiled with AVX-512, alone: no standard header with inline code may be included here (see
// kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/read_ahead.h"
#include "kernels/triple_lookup_bodies.h"

namespace ternsim::kernels {

namespace {

/// Sums of 16 rows in each quarter, over different triples. Low bytes: `words` adds neighbours as one 16-bit number
/// (odd bytes 256-fold, modulo 2^16), `odd` the odd ones alone; high bytes (-2 to 2): as they are. Up to 63 steps fit.
struct RowSums {
  __m512i words = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  __m512i high = _mm512_setzero_si512();
  __m512i totals[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                       _mm512_setzero_si512()};  ///< [q]: int32 of the bytes 4 m + q

  void add(__m512i low_table, __m512i high_table, __m512i index, __mmask64 negative) {
    const __m512i none = _mm512_setzero_si512();
    const __m512i positive_low = _mm512_shuffle_epi8(low_table, index);
    const __m512i low = _mm512_mask_sub_epi8(positive_low, negative, none, positive_low);
    const __m512i positive_high = _mm512_shuffle_epi8(high_table, index);
    words = _mm512_add_epi16(words, low);
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(low, 8));
    high = _mm512_add_epi8(high, _mm512_mask_sub_epi8(positive_high, negative, none, positive_high));
  }
  void fold() {
    const __m512i word = _mm512_set1_epi32(0xffff);
    const __m512i even = _mm512_sub_epi16(words, _mm512_slli_epi16(odd, 8));
    const auto add_to = [](__m512i& total, __m512i low, __m512i multiple) {
      const __m512i scaled = _mm512_sub_epi32(_mm512_slli_epi32(multiple, 8), multiple);  // by the radix 255
      total = _mm512_add_epi32(total, _mm512_add_epi32(low, scaled));
    };
    add_to(totals[0], _mm512_and_si512(even, word), _mm512_srai_epi32(_mm512_slli_epi32(high, 24), 24));
    add_to(totals[1], _mm512_and_si512(odd, word), _mm512_srai_epi32(_mm512_slli_epi32(high, 16), 24));
    add_to(totals[2], _mm512_srli_epi32(even, 16), _mm512_srai_epi32(_mm512_slli_epi32(high, 8), 24));
    add_to(totals[3], _mm512_srli_epi32(odd, 16), _mm512_srai_epi32(high, 24));
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

void triple_lookup_avx512(const TripleLookupArguments& arguments) {
  constexpr std::int64_t kFoldBlocks = 15;  // of four steps each
  const ReadAhead read_ahead = read_ahead_of(1);
  const __m512i nibble = _mm512_set1_epi8(0x0f);
  const auto bias = static_cast<std::int32_t>(16 * arguments.blocks * kTripleBias);
  for (std::int64_t tile = arguments.tile_begin; tile < arguments.tile_end; ++tile) {
    const std::uint8_t* block = arguments.bytes + tile * arguments.blocks * 320;
    const std::uint8_t* tables = arguments.tables;
    RowSums first;
    RowSums second;
    std::int64_t blocks = arguments.blocks;
    while (blocks > 0) {
      const std::int64_t run = blocks < kFoldBlocks ? blocks : kFoldBlocks;
      for (std::int64_t b = 0; b < run; ++b, block += 320) {
        const __m512i signs = _mm512_load_si512(block);
        for (int line = 0; line < 320; line += 64) {
          read_ahead(block + line);
        }
        for (int j = 0; j < 4; ++j, tables += 128) {
          const __m512i first_bit = _mm512_set1_epi8(static_cast<char>(1 << (2 * j)));
          const __m512i second_bit = _mm512_set1_epi8(static_cast<char>(2 << (2 * j)));
          const __m512i v = _mm512_load_si512(block + 64 + 64 * j);
          const __m512i low_table = _mm512_load_si512(tables);
          const __m512i high_table = _mm512_load_si512(tables + 64);
          first.add(low_table, high_table, _mm512_and_si512(v, nibble), _mm512_test_epi8_mask(signs, first_bit));
          second.add(low_table, high_table, _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble),
                     _mm512_test_epi8_mask(signs, second_bit));
        }
      }
      first.fold();
      second.fold();
      blocks -= run;
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
