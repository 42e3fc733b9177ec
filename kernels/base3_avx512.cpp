// Compiled with AVX-512 VNNI and VBMI, alone: no standard header with inline code may be included here (see
// kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/base3_bodies.h"
#include "kernels/read_ahead.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlockBytes = 64;
constexpr std::int64_t kBlockWeights = 320;

/// The look-ups: a byte below 0xc0 is decoded by its low six bits, others by tables of their own.
struct Decoder {
  __m512i plain = _mm512_load_si512(kBase3Tables.fields);
  __m512i marked = _mm512_load_si512(kBase3Tables.fields + 0xc0);
  __m512i marked_fifth = _mm512_load_si512(kBase3Tables.fifth + 0xc0);
  __m512i first_marked = _mm512_set1_epi8(static_cast<char>(0xc0));

  __m512i fields(__m512i v, __mmask64 is_marked) const {
    return _mm512_mask_permutexvar_epi8(_mm512_permutexvar_epi8(v, plain), is_marked, v, marked);
  }
  /// At bits 7:6.
  __m512i fifth(__m512i v, __mmask64 is_marked) const {
    return _mm512_and_si512(_mm512_mask_permutexvar_epi8(v, is_marked, v, marked_fifth), first_marked);
  }
  __mmask64 is_marked(__m512i v) const { return _mm512_cmpge_epu8_mask(v, first_marked); }
};

/// A row's sums of code * activation, each field where it stands, that is 64-, 16-, 4- and onefold: no shifts in the
/// loop. A step adds at most 4 * 128 * 128 = 2^16 to a lane, so the widest row (2^20) stays below 2^28.
struct Sums {
  __m512i by64 = _mm512_setzero_si512();
  __m512i by16 = _mm512_setzero_si512();
  __m512i by4 = _mm512_setzero_si512();
  __m512i by1 = _mm512_setzero_si512();
  __m512i fifth_by64 = _mm512_setzero_si512();

  void add(const Decoder& decoder, __m512i v, const __m512i a[5]) {
    const __mmask64 is_marked = decoder.is_marked(v);
    const __m512i f = decoder.fields(v, is_marked);
    by64 = _mm512_dpbusd_epi32(by64, _mm512_and_si512(f, _mm512_set1_epi8(static_cast<char>(0xc0))), a[0]);
    by16 = _mm512_dpbusd_epi32(by16, _mm512_and_si512(f, _mm512_set1_epi8(0x30)), a[1]);
    by4 = _mm512_dpbusd_epi32(by4, _mm512_and_si512(f, _mm512_set1_epi8(0x0c)), a[2]);
    by1 = _mm512_dpbusd_epi32(by1, _mm512_and_si512(f, _mm512_set1_epi8(0x03)), a[3]);
    fifth_by64 = _mm512_dpbusd_epi32(fifth_by64, decoder.fifth(v, is_marked), a[4]);
  }
  /// Every product is a multiple of its field's factor, so the shifts are exact.
  __m512i total() const {
    const __m512i upper =
        _mm512_add_epi32(_mm512_srai_epi32(_mm512_add_epi32(by64, fifth_by64), 6), _mm512_srai_epi32(by16, 4));
    return _mm512_add_epi32(_mm512_add_epi32(upper, _mm512_srai_epi32(by4, 2)), by1);
  }
};

/// `kBlocks` blocks at addresses that differ by constants: each scalar instruction saved is a slot on the ports that
/// the vectors need.
template <int kBlocks>
void add_blocks(Sums& sums, const Decoder& decoder, const std::uint8_t* bytes, const std::int8_t* a,
                ReadAhead read_ahead) {
#pragma GCC unroll 2
  for (int b = 0; b < kBlocks; ++b) {
    read_ahead(bytes + b * kBlockBytes);
    const std::int8_t* at = a + b * kBlockWeights;
    const __m512i values[5] = {_mm512_load_si512(at), _mm512_load_si512(at + 64), _mm512_load_si512(at + 128),
                               _mm512_load_si512(at + 192), _mm512_load_si512(at + 256)};
    sums.add(decoder, _mm512_loadu_si512(bytes + b * kBlockBytes), values);
  }
}

__m512i row_total(const Decoder& decoder, const std::uint8_t* bytes, std::int64_t row_bytes, const std::int8_t* a,
                  ReadAhead read_ahead) {
  constexpr int kUnrolled = 2;
  Sums sums;
  std::int64_t left = row_bytes;
  for (; left >= kUnrolled * kBlockBytes; left -= kUnrolled * kBlockBytes) {
    add_blocks<kUnrolled>(sums, decoder, bytes, a, read_ahead);
    bytes += kUnrolled * kBlockBytes;
    a += kUnrolled * kBlockWeights;
  }
  for (; left >= kBlockBytes; left -= kBlockBytes) {
    add_blocks<1>(sums, decoder, bytes, a, read_ahead);
    bytes += kBlockBytes;
    a += kBlockWeights;
  }
  if (left > 0) {
    __m512i values[5];
    for (int n = 0; n < 5; ++n) {
      values[n] = _mm512_zextsi256_si512(_mm256_load_si256(reinterpret_cast<const __m256i*>(a + 32 * n)));
    }
    sums.add(decoder, _mm512_zextsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes))), values);
  }
  return sums.total();
}

/// The sums of the lanes of four vectors.
__m128i reduce(__m512i v0, __m512i v1, __m512i v2, __m512i v3) {
  const __m512i v01 = _mm512_add_epi32(_mm512_unpacklo_epi32(v0, v1), _mm512_unpackhi_epi32(v0, v1));
  const __m512i v23 = _mm512_add_epi32(_mm512_unpacklo_epi32(v2, v3), _mm512_unpackhi_epi32(v2, v3));
  const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(v01, v23), _mm512_unpackhi_epi64(v01, v23));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

}  // namespace

void base3_avx512(const Base3Arguments& arguments) {
  const Decoder decoder;
  const __m128i token_sum = _mm_set1_epi32(arguments.token_sum);
  const __m512i none = _mm512_setzero_si512();
  const ReadAhead read_ahead = read_ahead_of(1);
  for (std::int64_t r = arguments.begin; r < arguments.end; r += 4) {
    __m512i totals[4] = {none, none, none, none};
    const std::int64_t count = arguments.end - r < 4 ? arguments.end - r : 4;
    for (std::int64_t i = 0; i < count; ++i) {
      totals[i] = row_total(decoder, arguments.bytes + (r + i) * arguments.row_bytes, arguments.row_bytes,
                            arguments.activations, read_ahead);
    }
    const __m128i sums = _mm_sub_epi32(reduce(totals[0], totals[1], totals[2], totals[3]), token_sum);
    _mm_mask_storeu_epi32(arguments.sums + r, static_cast<__mmask8>((1 << count) - 1), sums);
  }
}

void base3_decode_avx512(const std::uint8_t* row, std::int64_t row_bytes, std::uint8_t* codes) {
  const Decoder decoder;
  const __m512i three = _mm512_set1_epi8(3);
  for (std::int64_t left = row_bytes; left > 0; left -= kBlockBytes, row += kBlockBytes, codes += kBlockWeights) {
    const std::int64_t lanes = left < kBlockBytes ? left : kBlockBytes;
    const auto mask = static_cast<__mmask64>(lanes == kBlockBytes ? ~0ULL : (1ULL << lanes) - 1);
    const __m512i v = _mm512_maskz_loadu_epi8(mask, row);
    const __mmask64 is_marked = decoder.is_marked(v);
    const __m512i f = decoder.fields(v, is_marked);
    const auto store = [&](int n, __m512i value) {
      _mm512_mask_storeu_epi8(codes + n * lanes, mask, _mm512_and_si512(value, three));
    };
    store(0, _mm512_srli_epi16(f, 6));
    store(1, _mm512_srli_epi16(f, 4));
    store(2, _mm512_srli_epi16(f, 2));
    store(3, f);
    store(4, _mm512_srli_epi16(decoder.fifth(v, is_marked), 6));
  }
}

}  // namespace ternsim::kernels
