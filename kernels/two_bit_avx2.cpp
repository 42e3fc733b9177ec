// Compiled with -mavx2, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/read_ahead.h"
#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlockBytes = 32;
constexpr std::int64_t kBlockWeights = 128;
/// How far ahead of the stream memory is asked for at least, into the second-level cache on every processor: asking for
/// the first level would fill its few line buffers.
constexpr std::int64_t kAhead = 4096;

inline __m256i load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }

inline std::int32_t horizontal_sum(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0b01001110));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0b10110001));
  return _mm_cvtsi128_si32(s);
}

/// One row by one token. Codes stay where they are in their nibble, so two of the four fields weigh four-fold: a block
/// adds at most 2 * (2 * 8 * 128) = 4096 to a 16-bit sum of those, and seven blocks fit before the fold to 32 bits.
/// `ahead` is a row that will be wanted soon.
std::int32_t dot(const std::uint8_t* codes, const std::uint8_t* ahead, std::int64_t blocks, const std::int8_t* a) {
  constexpr std::int64_t kFold = 7;
  const __m256i single = _mm256_set1_epi8(0x03);
  const __m256i fourfold = _mm256_set1_epi8(0x0c);
  __m256i total = _mm256_setzero_si256();
  while (blocks > 0) {
    const std::int64_t run = blocks < kFold ? blocks : kFold;
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    for (std::int64_t b = 0; b < run; ++b, codes += kBlockBytes, ahead += kBlockBytes, a += kBlockWeights) {
      _mm_prefetch(ahead, _MM_HINT_T1);
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

std::int64_t row_at(const TwoBitArguments& arguments, std::int64_t i) {
  const std::int64_t at = i < arguments.end ? i : arguments.end - 1;
  return arguments.row_list != nullptr ? arguments.row_list[at] : at;
}

void multiply_stream(const TwoBitArguments& arguments) {
  const std::int64_t usual = read_ahead_of(1).bytes;
  const std::int64_t ahead = usual > kAhead ? usual : kAhead;
  const std::int64_t ahead_rows = (ahead + arguments.row_bytes - 1) / arguments.row_bytes;
  for (std::int64_t i = arguments.begin; i < arguments.end; ++i) {
    const std::int64_t r = row_at(arguments, i);
    arguments.sums[r] = dot(arguments.codes + r * arguments.row_bytes,
                            arguments.codes + row_at(arguments, i + ahead_rows) * arguments.row_bytes,
                            arguments.row_bytes / kBlockBytes, arguments.activations) -
                        arguments.token_sums[0];
  }
}

constexpr std::int64_t kPanelRows = 8;
constexpr int kTileRows = 4;
constexpr int kTileTokens = 2;

/// The codes (0..2, one a byte) of a row, in order.
void unpack_row(const std::uint8_t* codes, std::int64_t bytes, std::uint8_t* out) {
  const __m256i mask = _mm256_set1_epi8(0x03);
  const auto store = [&](std::int64_t at, __m256i v) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(out + at), _mm256_and_si256(v, mask));
  };
  for (std::int64_t b = 0; b < bytes; b += kBlockBytes) {
    const __m256i v = load(codes + b);
    store(4 * b, _mm256_srli_epi16(v, 6));
    store(4 * b + 32, _mm256_srli_epi16(v, 4));
    store(4 * b + 64, _mm256_srli_epi16(v, 2));
    store(4 * b + 96, v);
  }
}

/// Four unpacked rows by kTokens tokens. Each step adds at most 2 * (2 * 128) = 512 to a 16-bit sum, so 64 steps reach
/// -2^15 at worst, which fits, before the fold to 32 bits.
template <int kTokens>
void tile(const std::uint8_t* codes, std::int64_t inputs, const std::int8_t* a, __m128i* results) {
  constexpr std::int64_t kFold = 64 * 32;
  constexpr int kSums = kTileRows * kTokens;
  __m256i totals[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) totals[i] = _mm256_setzero_si256();
  for (std::int64_t begin = 0; begin < inputs; begin += kFold) {
    const std::int64_t end = inputs - begin < kFold ? inputs : begin + kFold;
    __m256i parts[kSums];
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) parts[i] = _mm256_setzero_si256();
    for (std::int64_t k = begin; k < end; k += 32) {
#pragma GCC unroll 4
      for (int r = 0; r < kTileRows; ++r) {
        const __m256i c = load(codes + r * inputs + k);
#pragma GCC unroll 2
        for (int t = 0; t < kTokens; ++t) {
          const __m256i product = _mm256_maddubs_epi16(c, load(a + t * inputs + k));
          parts[r * kTokens + t] = _mm256_add_epi16(parts[r * kTokens + t], product);
        }
      }
    }
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) {
      totals[i] = _mm256_add_epi32(totals[i], _mm256_madd_epi16(parts[i], _mm256_set1_epi16(1)));
    }
  }
#pragma GCC unroll 2
  for (int t = 0; t < kTokens; ++t) {
    const __m256i low = _mm256_hadd_epi32(totals[t], totals[kTokens + t]);
    const __m256i high = _mm256_hadd_epi32(totals[2 * kTokens + t], totals[3 * kTokens + t]);
    const __m256i both = _mm256_hadd_epi32(low, high);
    results[t] = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  }
}

using Tile = void (*)(const std::uint8_t*, std::int64_t, const std::int8_t*, __m128i*);
constexpr Tile kTiles[kTileTokens] = {tile<1>, tile<2>};

void multiply_panels(const TwoBitArguments& arguments) {
  const std::int64_t inputs = 4 * arguments.row_bytes;
  for (std::int64_t i = arguments.begin; i < arguments.end; i += kPanelRows) {
    for (std::int64_t j = 0; j < kPanelRows; ++j) {
      unpack_row(arguments.codes + row_at(arguments, i + j) * arguments.row_bytes, arguments.row_bytes,
                 arguments.scratch + j * inputs);
    }
    for (std::int64_t t = 0; t < arguments.tokens; t += kTileTokens) {
      const std::int64_t tokens = arguments.tokens - t < kTileTokens ? arguments.tokens - t : kTileTokens;
      for (std::int64_t j = 0; j < kPanelRows && i + j < arguments.end; j += kTileRows) {
        __m128i results[kTileTokens];  // of four rows
        kTiles[tokens - 1](arguments.scratch + j * inputs, inputs, arguments.activations + t * inputs, results);
        for (std::int64_t u = 0; u < tokens; ++u) {
          const __m128i four = _mm_sub_epi32(results[u], _mm_set1_epi32(arguments.token_sums[t + u]));
          std::int32_t* const sums = arguments.sums + (t + u) * arguments.sums_stride;
          if (arguments.row_list == nullptr && i + j + kTileRows <= arguments.end) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i + j), four);
            continue;
          }
          alignas(16) std::int32_t one_by_one[kTileRows];
          _mm_store_si128(reinterpret_cast<__m128i*>(one_by_one), four);
          for (std::int64_t r = 0; r < kTileRows && i + j + r < arguments.end; ++r) {
            sums[row_at(arguments, i + j + r)] = one_by_one[r];
          }
        }
      }
    }
  }
}

void multiply(const TwoBitArguments& arguments) {
  if (arguments.tokens == 1) {
    multiply_stream(arguments);
  } else {
    multiply_panels(arguments);
  }
}

std::int64_t scratch_bytes(std::int64_t row_bytes, std::int64_t tokens) {
  return tokens == 1 ? 0 : kPanelRows * 4 * row_bytes;
}

}  // namespace

const TwoBitBody kTwoBitAvx2 = {plain_prepared_bytes, plain_prepare, scratch_bytes, multiply, 32};

}  // namespace ternsim::kernels
