// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kInputs = 16;
constexpr std::int64_t kAhead = 2 * kInputs;  // inputs whose memory is asked for, into the second-level cache

inline __m256i load(const std::uint8_t* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }

/// Codes of four inputs for 32 bytes: dword 4 l + m of out[q] holds byte 16 l + 4 q + m of each.
inline void interleave(const std::uint8_t* const* from, std::int64_t at, __m256i (&out)[4]) {
  const __m256i a = load(from[0] + at);
  const __m256i b = load(from[1] + at);
  const __m256i c = load(from[2] + at);
  const __m256i d = load(from[3] + at);
  const __m256i ab_low = _mm256_unpacklo_epi8(a, b);
  const __m256i ab_high = _mm256_unpackhi_epi8(a, b);
  const __m256i cd_low = _mm256_unpacklo_epi8(c, d);
  const __m256i cd_high = _mm256_unpackhi_epi8(c, d);
  out[0] = _mm256_unpacklo_epi16(ab_low, cd_low);
  out[1] = _mm256_unpackhi_epi16(ab_low, cd_low);
  out[2] = _mm256_unpacklo_epi16(ab_high, cd_high);
  out[3] = _mm256_unpackhi_epi16(ab_high, cd_high);
}

/// Sixteen inputs of all groups taken. `sums` (groups, 2 halves of 32 bytes, 4 fields, 4 vectors). Fields are taken two
/// bits from the bottom of a nibble at most, so four products of pairs stay within 4 * 2 * (8 * 128) = 8192.
void add_inputs(const ColumnsArguments& arguments, std::int64_t first, std::int64_t ahead, std::int64_t taken,
                __m256i* sums) {
  const std::uint8_t* from[kInputs];
  const std::uint8_t* next[kInputs];
  __m256i values[kInputs / 4];
  for (std::int64_t i = 0; i < kInputs; ++i) {
    from[i] = arguments.bytes + (arguments.inputs[first + i] * arguments.groups + arguments.group_begin) * 64;
    next[i] = arguments.bytes + (arguments.inputs[ahead + i] * arguments.groups + arguments.group_begin) * 64;
  }
  for (std::int64_t i = 0; i < kInputs / 4; ++i) {
    std::int32_t four;
    __builtin_memcpy(&four, arguments.values + first + 4 * i, sizeof four);
    values[i] = _mm256_set1_epi32(four);
  }
  const __m256i single = _mm256_set1_epi8(0x03);
  const __m256i fourfold = _mm256_set1_epi8(0x0c);
  const __m256i ones = _mm256_set1_epi16(1);
  for (std::int64_t half = 0; half < 2 * taken; ++half, sums += 16) {
    if (half % 2 == 0) {
      for (std::int64_t i = 0; i < kInputs; ++i) _mm_prefetch(next[i] + 32 * half, _MM_HINT_T1);
    }
    __m256i codes[kInputs / 4][4];
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < kInputs / 4; ++i) interleave(from + 4 * i, 32 * half, codes[i]);
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) {
      __m256i parts[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                          _mm256_setzero_si256()};
#pragma GCC unroll 4
      for (std::int64_t i = 0; i < kInputs / 4; ++i) {
        const __m256i v = codes[i][q];
        const __m256i u = _mm256_srli_epi16(v, 4);
        const auto add = [&](__m256i& part, __m256i field) {
          part = _mm256_add_epi16(part, _mm256_maddubs_epi16(field, values[i]));
        };
        add(parts[0], _mm256_and_si256(u, fourfold));
        add(parts[1], _mm256_and_si256(u, single));
        add(parts[2], _mm256_and_si256(v, fourfold));
        add(parts[3], _mm256_and_si256(v, single));
      }
#pragma GCC unroll 4
      for (int f = 0; f < 4; ++f) {
        sums[4 * f + q] = _mm256_add_epi32(sums[4 * f + q], _mm256_madd_epi16(parts[f], ones));
      }
    }
  }
}

}  // namespace

void columns_avx2(const ColumnsArguments& arguments) {
  const std::int64_t taken = arguments.group_end - arguments.group_begin;
  auto* const sums = reinterpret_cast<__m256i*>(arguments.scratch);
  for (std::int64_t i = 0; i < 32 * taken; ++i) sums[i] = _mm256_setzero_si256();
  for (std::int64_t i = 0; i < arguments.count; i += kInputs) {
    const std::int64_t ahead = i + kAhead < arguments.count ? i + kAhead : i;
    add_inputs(arguments, i, ahead, taken, sums);
  }
  for (std::int64_t half = 0; half < 2 * taken; ++half) {
    for (std::int64_t f = 0; f < 4; ++f) {
      const std::int64_t first = (arguments.group_begin + half / 2) * 256 + f * 64 + half % 2 * 32;
      const std::int32_t* from = arguments.scratch + (half * 16 + f * 4) * 8;
      for (std::int64_t p = 0; p < 32 && first + p < arguments.rows; ++p) {
        const std::int32_t sum = from[p / 4 % 4 * 8 + p / 16 * 4 + p % 4];
        // Fields 0 and 2 were summed four-fold.
        arguments.sums[first + p] = (f % 2 == 0 ? sum / 4 : sum) - arguments.value_sum;
      }
    }
  }
}

}  // namespace ternsim::kernels
