// Compiled for AVX-512, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/machine_limits_bodies.h"

namespace ternsim::kernels {

namespace {

template <int kStreams>
std::uint64_t read_streams(const std::uint8_t* from, std::int64_t bytes, ReadAhead ahead) {
  const std::int64_t piece = bytes / kStreams;
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  constexpr int kUnroll = kStreams < 4 ? 4 : 1;
  for (std::int64_t i = 0; i < piece; i += 64 * kUnroll) {
#pragma GCC unroll 4
    for (int u = 0; u < kUnroll; ++u) {
#pragma GCC unroll 8
      for (int s = 0; s < kStreams; ++s) {
        const std::uint8_t* const at = from + s * piece + i + 64 * u;
        if (ahead.bytes != 0) ahead(at);
        sums[(s + u) % 4] = _mm512_add_epi64(sums[(s + u) % 4], _mm512_loadu_si512(at));
      }
    }
  }
  const __m512i total = _mm512_add_epi64(_mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3]));
  std::uint64_t words[8];  // added up as unsigned: the bytes are any, and their signed sum may overflow
  _mm512_storeu_si512(words, total);
  return words[0] + words[1] + words[2] + words[3] + words[4] + words[5] + words[6] + words[7];
}

std::uint64_t read(const std::uint8_t* from, std::int64_t bytes, int streams, ReadAhead ahead) {
  if (streams == 8) return read_streams<8>(from, bytes, ahead);
  if (streams == 4) return read_streams<4>(from, bytes, ahead);
  return read_streams<1>(from, bytes, ahead);
}

constexpr int kChains = 12;  // two a cycle, each done after five: ten would do

/// One statement, so that the compiler neither leaves rounds out nor moves the sums to memory between them.
void multiply(std::int64_t rounds, std::int32_t* sink) {
  const __m512i codes = _mm512_set1_epi8(2);
  const __m512i values = _mm512_set1_epi8(-7);
  __m512i s0 = codes, s1 = codes, s2 = codes, s3 = codes, s4 = codes, s5 = codes, s6 = codes, s7 = codes, s8 = codes,
          s9 = codes, s10 = codes, s11 = codes;
  for (std::int64_t r = 0; r < rounds; ++r) {
    __asm__ volatile(
        "vpdpbusd %[v], %[c], %[s0]\n\t"
        "vpdpbusd %[v], %[c], %[s1]\n\t"
        "vpdpbusd %[v], %[c], %[s2]\n\t"
        "vpdpbusd %[v], %[c], %[s3]\n\t"
        "vpdpbusd %[v], %[c], %[s4]\n\t"
        "vpdpbusd %[v], %[c], %[s5]\n\t"
        "vpdpbusd %[v], %[c], %[s6]\n\t"
        "vpdpbusd %[v], %[c], %[s7]\n\t"
        "vpdpbusd %[v], %[c], %[s8]\n\t"
        "vpdpbusd %[v], %[c], %[s9]\n\t"
        "vpdpbusd %[v], %[c], %[s10]\n\t"
        "vpdpbusd %[v], %[c], %[s11]\n\t"
        : [s0] "+v"(s0), [s1] "+v"(s1), [s2] "+v"(s2), [s3] "+v"(s3), [s4] "+v"(s4), [s5] "+v"(s5), [s6] "+v"(s6),
          [s7] "+v"(s7), [s8] "+v"(s8), [s9] "+v"(s9), [s10] "+v"(s10), [s11] "+v"(s11)
        : [c] "v"(codes), [v] "v"(values));
  }
  const __m512i all[kChains] = {s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11};
  __m512i total = _mm512_setzero_si512();
  for (const __m512i& sum : all) total = _mm512_add_epi32(total, sum);
  _mm512_storeu_si512(sink, total);
}

}  // namespace

const MachineLimitsBody kLimitsAvx512 = {read, multiply, kChains * 64, "vpdpbusd, 512 bits"};

}  // namespace ternsim::kernels
