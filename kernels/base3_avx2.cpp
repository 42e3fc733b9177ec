// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/base3_bodies.h"
#include "kernels/read_ahead.h"

namespace ternsim::kernels {

namespace {

inline __m256i load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }

inline __m256i look_up(const std::uint8_t (&table)[16], __m256i index) {
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table))),
                             index);
}

/// Tables of sixteen entries: by three bits of P or Q, by the low nibble of a marked byte, and by the high nibble.
struct Tables {
  alignas(16) std::uint8_t by_q[16];
  alignas(16) std::uint8_t by_p[16];
  alignas(16) std::uint8_t marked[16];
  alignas(16) std::uint8_t is_marked[16];  ///< 0xff where the top bits are 11
  alignas(16) std::uint8_t both[16];       ///< P = Q = 8, the largest field byte that there is
  alignas(16) std::uint8_t fifth[16];
  alignas(16) std::uint8_t low_bits[16];  ///< where the fifth code stands in bits 1:0

  Tables() {
    for (int i = 0; i < 16; ++i) {
      by_q[i] = kBase3Tables.fields[i & 7];
      by_p[i] = kBase3Tables.fields[(i & 7) << 3];
      marked[i] = kBase3Tables.fields[0xc0 | i];
      is_marked[i] = i >= 12 ? 0xff : 0;
      both[i] = i == 15 ? kBase3Tables.fields[0xf0] : 0;
      fifth[i] = static_cast<std::uint8_t>(i >= 12 ? (i == 15 ? 0 : i - 12) : i >> 2);
      low_bits[i] = i == 15 ? 3 : 0;
    }
  }
};

inline std::int32_t horizontal_sum(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0b01001110));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0b10110001));
  return _mm_cvtsi128_si32(s);
}

/// One row's sum. Fields stay where they are in their nibble, so two of four weigh four-fold: 32 bytes add at most
/// 2 * (2 * 8 * 128) = 4096 to a 16-bit sum of those, and seven steps fit before the fold to 32 bits.
class RowSum {
 public:
  explicit RowSum(const Tables& tables) : tables_(tables) {}

  /// 32 bytes whose weights n lie at a + n * stride.
  void add(const std::uint8_t* bytes, const std::int8_t* a, std::int64_t stride) {
    const __m256i v = load(bytes);
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    const __m256i octal = _mm256_set1_epi8(0x07);
    const __m256i single = _mm256_set1_epi8(0x03);
    const __m256i fourfold = _mm256_set1_epi8(0x0c);
    const __m256i low = _mm256_and_si256(v, nibble);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
    const __m256i plain = _mm256_or_si256(look_up(tables_.by_q, _mm256_and_si256(v, octal)),
                                          look_up(tables_.by_p, _mm256_and_si256(_mm256_srli_epi16(v, 3), octal)));
    const __m256i marked = _mm256_max_epu8(look_up(tables_.marked, low), look_up(tables_.both, high));
    const __m256i fields = _mm256_blendv_epi8(plain, marked, look_up(tables_.is_marked, high));
    const __m256i fifth =
        _mm256_add_epi8(look_up(tables_.fifth, high), _mm256_and_si256(low, look_up(tables_.low_bits, high)));
    const __m256i upper = _mm256_srli_epi16(fields, 4);
    fourfold_ = _mm256_add_epi16(fourfold_, _mm256_maddubs_epi16(_mm256_and_si256(upper, fourfold), load(a)));
    single_ = _mm256_add_epi16(single_, _mm256_maddubs_epi16(_mm256_and_si256(upper, single), load(a + stride)));
    fourfold_ =
        _mm256_add_epi16(fourfold_, _mm256_maddubs_epi16(_mm256_and_si256(fields, fourfold), load(a + 2 * stride)));
    single_ = _mm256_add_epi16(single_, _mm256_maddubs_epi16(_mm256_and_si256(fields, single), load(a + 3 * stride)));
    single_ = _mm256_add_epi16(single_, _mm256_maddubs_epi16(fifth, load(a + 4 * stride)));
  }
  void fold() {
    total_ = _mm256_add_epi32(total_, _mm256_madd_epi16(fourfold_, _mm256_set1_epi16(1)));
    total_ = _mm256_add_epi32(total_, _mm256_madd_epi16(single_, _mm256_set1_epi16(4)));
    fourfold_ = single_ = _mm256_setzero_si256();
  }
  std::int32_t value() const { return horizontal_sum(total_) / 4; }

 private:
  const Tables& tables_;
  __m256i fourfold_ = _mm256_setzero_si256();
  __m256i single_ = _mm256_setzero_si256();
  __m256i total_ = _mm256_setzero_si256();
};

}  // namespace

void base3_avx2(const Base3Arguments& arguments) {
  constexpr std::int64_t kFoldBlocks = 3;  // of two steps each
  const Tables tables;
  const ReadAhead read_ahead = read_ahead_of(1);
  for (std::int64_t r = arguments.begin; r < arguments.end; ++r) {
    const std::uint8_t* bytes = arguments.bytes + r * arguments.row_bytes;
    const std::int8_t* a = arguments.activations;
    RowSum sum(tables);
    std::int64_t blocks = arguments.row_bytes / 64;
    while (blocks > 0) {
      const std::int64_t run = blocks < kFoldBlocks ? blocks : kFoldBlocks;
      for (std::int64_t b = 0; b < run; ++b, bytes += 64, a += 320) {
        read_ahead(bytes);
        sum.add(bytes, a, 64);
        sum.add(bytes + 32, a + 32, 64);
      }
      sum.fold();
      blocks -= run;
    }
    if (arguments.row_bytes % 64 != 0) {
      sum.add(bytes, a, 32);
      sum.fold();
    }
    arguments.sums[r] = sum.value() - arguments.token_sum;
  }
}

}  // namespace ternsim::kernels
