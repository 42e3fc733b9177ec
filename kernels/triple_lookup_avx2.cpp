// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/read_ahead.h"
#include "kernels/triple_lookup_bodies.h"

namespace ternsim::kernels {

namespace {

inline __m256i load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }

/// Sums of 16 rows in each half, over different triples. Low bytes: `words` adds neighbours as one 16-bit number (odd
/// bytes 256-fold, modulo 2^16), `odd` the odd ones alone; high bytes (-2 to 2): as they are. Up to 63 steps fit.
struct RowSums {
  __m256i words = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
  __m256i totals[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                       _mm256_setzero_si256()};  ///< [q]: int32 of the bytes 4 m + q

  /// `sign`: -1 or +1 for each byte.
  void add(__m256i low_table, __m256i high_table, __m256i index, __m256i sign) {
    const __m256i low = _mm256_sign_epi8(_mm256_shuffle_epi8(low_table, index), sign);
    words = _mm256_add_epi16(words, low);
    odd = _mm256_add_epi16(odd, _mm256_srli_epi16(low, 8));
    high = _mm256_add_epi8(high, _mm256_sign_epi8(_mm256_shuffle_epi8(high_table, index), sign));
  }
  void fold() {
    const __m256i word = _mm256_set1_epi32(0xffff);
    const __m256i even = _mm256_sub_epi16(words, _mm256_slli_epi16(odd, 8));
    const auto add_to = [](__m256i& total, __m256i low, __m256i multiple) {
      const __m256i scaled = _mm256_sub_epi32(_mm256_slli_epi32(multiple, 8), multiple);  // by the radix 255
      total = _mm256_add_epi32(total, _mm256_add_epi32(low, scaled));
    };
    add_to(totals[0], _mm256_and_si256(even, word), _mm256_srai_epi32(_mm256_slli_epi32(high, 24), 24));
    add_to(totals[1], _mm256_and_si256(odd, word), _mm256_srai_epi32(_mm256_slli_epi32(high, 16), 24));
    add_to(totals[2], _mm256_srli_epi32(even, 16), _mm256_srai_epi32(_mm256_slli_epi32(high, 8), 24));
    add_to(totals[3], _mm256_srli_epi32(odd, 16), _mm256_srai_epi32(high, 24));
    words = odd = high = _mm256_setzero_si256();
  }
  void store(std::int32_t (&rows)[16]) const {
    for (int q = 0; q < 4; ++q) {
      alignas(16) std::int32_t lanes[4];
      const __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(totals[q]), _mm256_extracti128_si256(totals[q], 1));
      _mm_store_si128(reinterpret_cast<__m128i*>(lanes), sum);
      for (int m = 0; m < 4; ++m) rows[4 * m + q] = lanes[m];
    }
  }
};

/// -1 in the bytes whose bit is set, else +1.
inline __m256i signs_of(__m256i signs, __m256i bit) {
  return _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_and_si256(signs, bit), bit), _mm256_set1_epi8(1));
}

}  // namespace

void triple_lookup_avx2(const TripleLookupArguments& arguments) {
  constexpr std::int64_t kFoldBlocks = 7;  // of eight steps each
  const ReadAhead read_ahead = read_ahead_of(1);
  const __m256i nibble = _mm256_set1_epi8(0x0f);
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
        const __m256i signs[2] = {load(block), load(block + 32)};
        for (int line = 0; line < 320; line += 64) {
          read_ahead(block + line);
        }
        for (int j = 0; j < 4; ++j, tables += 128) {
          const __m256i first_bit = _mm256_set1_epi8(static_cast<char>(1 << (2 * j)));
          const __m256i second_bit = _mm256_set1_epi8(static_cast<char>(2 << (2 * j)));
          for (int half = 0; half < 2; ++half) {
            const __m256i v = load(block + 64 + 64 * j + 32 * half);
            const __m256i low_table = load(tables + 32 * half);
            const __m256i high_table = load(tables + 64 + 32 * half);
            first.add(low_table, high_table, _mm256_and_si256(v, nibble), signs_of(signs[half], first_bit));
            second.add(low_table, high_table, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble),
                       signs_of(signs[half], second_bit));
          }
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
