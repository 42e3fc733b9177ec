// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/gemm_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlockBytes = 32;
constexpr std::int64_t kBlockWeights = 128;

inline __m256i load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }

inline std::int32_t horizontal_sum(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0b01001110));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0b10110001));
  return _mm_cvtsi128_si32(s);
}

/// One row by one token. Codes stay where they are in their nibble, so two of the four fields weigh four-fold: a block
/// adds at most 2 * (2 * 8 * 128) = 4096 to a 16-bit sum of those, and seven blocks fit before the fold to 32 bits.
std::int32_t dot(const std::uint8_t* codes, std::int64_t blocks, const std::int8_t* a) {
  constexpr std::int64_t kFold = 7;
  const __m256i single = _mm256_set1_epi8(0x03);
  const __m256i fourfold = _mm256_set1_epi8(0x0c);
  __m256i total = _mm256_setzero_si256();
  while (blocks > 0) {
    const std::int64_t run = blocks < kFold ? blocks : kFold;
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    for (std::int64_t b = 0; b < run; ++b, codes += kBlockBytes, a += kBlockWeights) {
      const __m256i v = load(codes);
      const __m256i upper = _mm256_srli_epi16(v, 4);
      high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_and_si256(upper, fourfold), load(a)));
      low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_and_si256(upper, single), load(a + 32)));
      high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_and_si256(v, fourfold), load(a + 64)));
      low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_and_si256(v, single), load(a + 96)));
    }
    total = _mm256_add_epi32(total, _mm256_madd_epi16(high, _mm256_set1_epi16(1)));
    total = _mm256_add_epi32(total, _mm256_madd_epi16(low, _mm256_set1_epi16(4)));
    blocks -= run;
  }
  return horizontal_sum(total) / 4;
}

/// One row by kTokens tokens: the codes are unpacked once. A block adds at most 4 * (2 * 2 * 128) = 2048 to a 16-bit
/// sum; fifteen would fit.
template <int kTokens>
void dots(const std::uint8_t* codes, std::int64_t blocks, const std::int8_t* a, std::int64_t stride,
          std::int32_t* results) {
  constexpr std::int64_t kFold = 15;
  const __m256i mask = _mm256_set1_epi8(0x03);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i total[kTokens];
  for (int t = 0; t < kTokens; ++t) total[t] = _mm256_setzero_si256();
  while (blocks > 0) {
    const std::int64_t run = blocks < kFold ? blocks : kFold;
    __m256i part[kTokens];
    for (int t = 0; t < kTokens; ++t) part[t] = _mm256_setzero_si256();
    for (std::int64_t b = 0; b < run; ++b, codes += kBlockBytes, a += kBlockWeights) {
      const __m256i v = load(codes);
      const __m256i c0 = _mm256_and_si256(_mm256_srli_epi16(v, 6), mask);
      const __m256i c1 = _mm256_and_si256(_mm256_srli_epi16(v, 4), mask);
      const __m256i c2 = _mm256_and_si256(_mm256_srli_epi16(v, 2), mask);
      const __m256i c3 = _mm256_and_si256(v, mask);
      for (int t = 0; t < kTokens; ++t) {
        const std::int8_t* at = a + t * stride;
        const __m256i first =
            _mm256_add_epi16(_mm256_maddubs_epi16(c0, load(at)), _mm256_maddubs_epi16(c1, load(at + 32)));
        const __m256i second =
            _mm256_add_epi16(_mm256_maddubs_epi16(c2, load(at + 64)), _mm256_maddubs_epi16(c3, load(at + 96)));
        part[t] = _mm256_add_epi16(part[t], _mm256_add_epi16(first, second));
      }
    }
    for (int t = 0; t < kTokens; ++t) total[t] = _mm256_add_epi32(total[t], _mm256_madd_epi16(part[t], ones));
    blocks -= run;
  }
  for (int t = 0; t < kTokens; ++t) results[t] = horizontal_sum(total[t]);
}

}  // namespace

void gemm_avx2(const GemmArguments& arguments) {
  constexpr int kTile = 4;
  const std::int64_t blocks = arguments.row_bytes / kBlockBytes;
  const std::int64_t stride = blocks * kBlockWeights;
  for (std::int64_t r = 0; r < arguments.rows; ++r) {
    const std::uint8_t* codes = arguments.codes + r * arguments.row_bytes;
    std::int64_t t = 0;
    for (; t + kTile <= arguments.tokens; t += kTile) {
      std::int32_t results[kTile];
      dots<kTile>(codes, blocks, arguments.activations + t * stride, stride, results);
      for (int i = 0; i < kTile; ++i) {
        arguments.sums[(t + i) * arguments.rows + r] = results[i] - arguments.token_sums[t + i];
      }
    }
    for (; t < arguments.tokens; ++t) {
      arguments.sums[t * arguments.rows + r] =
          dot(codes, blocks, arguments.activations + t * stride) - arguments.token_sums[t];
    }
  }
}

}  // namespace ternsim::kernels
