// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/pair_lookup_bodies.h"
#include "kernels/read_ahead.h"

namespace ternsim::kernels {

namespace {

inline __m256i load(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }

/// Sums of 16 rows in each half, over different pairs. Low bytes: `words` adds neighbours as one 16-bit number (odd
/// bytes 256-fold, modulo 2^16), `odd` the odd ones alone; high bytes (0 to 2): as they are. Up to 127 steps fit.
struct RowSums {
  __m256i words = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
  __m256i totals[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                       _mm256_setzero_si256()};  ///< [q]: int32 of the bytes 4 m + q

  void add(__m256i low_table, __m256i high_table, __m256i index) {
    const __m256i low = _mm256_shuffle_epi8(low_table, index);
    words = _mm256_add_epi16(words, low);
    odd = _mm256_add_epi16(odd, _mm256_srli_epi16(low, 8));
    high = _mm256_add_epi8(high, _mm256_shuffle_epi8(high_table, index));
  }
  void fold() {
    const __m256i word = _mm256_set1_epi32(0xffff);
    const __m256i byte = _mm256_set1_epi32(0xff00);
    const __m256i even = _mm256_sub_epi16(words, _mm256_slli_epi16(odd, 8));
    const auto add_to = [](__m256i& total, __m256i low, __m256i high_256fold) {
      total = _mm256_add_epi32(total, _mm256_add_epi32(low, high_256fold));
    };
    add_to(totals[0], _mm256_and_si256(even, word), _mm256_and_si256(_mm256_slli_epi32(high, 8), byte));
    add_to(totals[1], _mm256_and_si256(odd, word), _mm256_and_si256(high, byte));
    add_to(totals[2], _mm256_srli_epi32(even, 16), _mm256_and_si256(_mm256_srli_epi32(high, 8), byte));
    add_to(totals[3], _mm256_srli_epi32(odd, 16), _mm256_slli_epi32(_mm256_srli_epi32(high, 24), 8));
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

}  // namespace

void pair_lookup_avx2(const PairLookupArguments& arguments) {
  constexpr std::int64_t kFoldGroups = 63;  // of two steps each
  const ReadAhead read_ahead = read_ahead_of(1);
  const __m256i nibble = _mm256_set1_epi8(0x0f);
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
        for (int half = 0; half < 64; half += 32) {
          const __m256i v = load(codes + half);
          const __m256i low_table = load(tables + half);
          const __m256i high_table = load(tables + 64 + half);
          first.add(low_table, high_table, _mm256_and_si256(v, nibble));
          second.add(low_table, high_table, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
        }
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
