// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/machine_limits_bodies.h"

namespace ternsim::kernels {

namespace {

inline __m256i load(const std::uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

template <int kStreams>
std::uint64_t read_streams(const std::uint8_t* from, std::int64_t bytes, ReadAhead ahead) {
  const std::int64_t piece = bytes / kStreams;
  __m256i low = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
  for (std::int64_t i = 0; i < piece; i += 64) {
#pragma GCC unroll 8
    for (int s = 0; s < kStreams; ++s) {
      const std::uint8_t* const at = from + s * piece + i;
      if (ahead.bytes != 0) ahead(at);
      low = _mm256_add_epi64(low, load(at));
      high = _mm256_add_epi64(high, load(at + 32));
    }
  }
  std::uint64_t words[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), _mm256_add_epi64(low, high));
  return words[0] + words[1] + words[2] + words[3];
}

std::uint64_t read(const std::uint8_t* from, std::int64_t bytes, int streams, ReadAhead ahead) {
  if (streams == 8) return read_streams<8>(from, bytes, ahead);
  if (streams == 4) return read_streams<4>(from, bytes, ahead);
  return read_streams<1>(from, bytes, ahead);
}

constexpr int kChains = 8;

/// One statement, so that the compiler neither leaves rounds out nor moves the sums to memory between them. Sums wrap
/// in 16 bits; only their speed matters.
void multiply(std::int64_t rounds, std::int32_t* sink) {
  const __m256i codes = _mm256_set1_epi8(2);
  const __m256i values = _mm256_set1_epi8(-7);
  __m256i s0 = codes, s1 = codes, s2 = codes, s3 = codes, s4 = codes, s5 = codes, s6 = codes, s7 = codes;
  __m256i p, q;
  for (std::int64_t r = 0; r < rounds; ++r) {
    __asm__ volatile(
        "vpmaddubsw %[v], %[c], %[p]\n\t"
        "vpaddw %[p], %[s0], %[s0]\n\t"
        "vpmaddubsw %[v], %[c], %[q]\n\t"
        "vpaddw %[q], %[s1], %[s1]\n\t"
        "vpmaddubsw %[v], %[c], %[p]\n\t"
        "vpaddw %[p], %[s2], %[s2]\n\t"
        "vpmaddubsw %[v], %[c], %[q]\n\t"
        "vpaddw %[q], %[s3], %[s3]\n\t"
        "vpmaddubsw %[v], %[c], %[p]\n\t"
        "vpaddw %[p], %[s4], %[s4]\n\t"
        "vpmaddubsw %[v], %[c], %[q]\n\t"
        "vpaddw %[q], %[s5], %[s5]\n\t"
        "vpmaddubsw %[v], %[c], %[p]\n\t"
        "vpaddw %[p], %[s6], %[s6]\n\t"
        "vpmaddubsw %[v], %[c], %[q]\n\t"
        "vpaddw %[q], %[s7], %[s7]\n\t"
        : [s0] "+x"(s0), [s1] "+x"(s1), [s2] "+x"(s2), [s3] "+x"(s3), [s4] "+x"(s4), [s5] "+x"(s5), [s6] "+x"(s6),
          [s7] "+x"(s7), [p] "=&x"(p), [q] "=&x"(q)
        : [c] "x"(codes), [v] "x"(values));
  }
  const __m256i all[kChains] = {s0, s1, s2, s3, s4, s5, s6, s7};
  __m256i total = _mm256_setzero_si256();
  for (const __m256i& sum : all) total = _mm256_add_epi16(total, sum);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(sink), total);
}

}  // namespace

const MachineLimitsBody kLimitsAvx2 = {read, multiply, kChains * 32, "vpmaddubsw + vpaddw, 256 bits"};

}  // namespace ternsim::kernels
