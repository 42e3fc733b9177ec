// Compiled for AVX-512, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/panel_avx512.h"
#include "kernels/read_ahead.h"
#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

using avx512::kPanelInputs;
using avx512::kPanelRows;
using avx512::kPanelSumBytes;

/// Up to here rows are streamed as they are; above, unpacking a panel pays.
constexpr std::int64_t kStreamTokens = 4;

/// For each 64 bytes of a row, which are two blocks, the activations of each of the four fields together.
void prepare_stream(const std::int8_t* a, std::int64_t cols, std::int64_t pairs, std::int8_t* to,
                    std::int32_t* token_sum) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sum = _mm512_setzero_si512();
  for (std::int64_t pair = 0; pair < pairs; ++pair, to += 256) {
    for (std::int64_t half = 0; half < 2; ++half) {
      for (std::int64_t field = 0; field < 4; ++field) {
        const std::int64_t left = cols - (256 * pair + 128 * half + 32 * field);
        const __mmask32 some = left >= 32 ? ~__mmask32{0} : left <= 0 ? 0 : (__mmask32{1} << left) - 1;
        const __m256i v = _mm256_maskz_loadu_epi8(some, a + 256 * pair + 128 * half + 32 * field);
        _mm256_store_si256(reinterpret_cast<__m256i*>(to + 64 * field + 32 * half), v);
        sum = _mm512_dpbusd_epi32(sum, ones, _mm512_zextsi256_si512(v));
      }
    }
  }
  *token_sum = _mm512_reduce_add_epi32(sum);
}

std::int64_t pairs_of(std::int64_t row_bytes) { return (row_bytes + 63) / 64; }

std::int64_t prepared_bytes(std::int64_t row_bytes, std::int64_t tokens) {
  return tokens <= kStreamTokens ? 256 * pairs_of(row_bytes) * tokens : 4 * row_bytes * tokens;
}

void prepare(const std::int8_t* activations, std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
             std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums) {
  if (tokens > kStreamTokens) {
    avx512::prepare_tiles(activations, cols, 4 * row_bytes, tokens, part, parts, prepared, token_sums);
    return;
  }
  const std::int64_t pairs = pairs_of(row_bytes);
  for (std::int64_t t = tokens * part / parts; t < tokens * (part + 1) / parts; ++t) {
    prepare_stream(activations + t * cols, cols, pairs, prepared + t * pairs * 256, token_sums + t);
  }
}

std::int64_t scratch_bytes(std::int64_t row_bytes, std::int64_t tokens) {
  if (tokens <= kStreamTokens) return 0;
  const std::int64_t inputs = 4 * row_bytes < kPanelInputs ? 4 * row_bytes : kPanelInputs;
  return kPanelRows * inputs + kPanelSumBytes * tokens;
}

/// Codes of kRows rows by kTokens tokens. Fields stay where they are in their byte, so their sums weigh 64, 16, 4 and
/// 1: in a lane at most 64 * 2 * 128 * 4 for each 64 bytes, which 2^20 columns keep below 2^29.
template <int kRows, int kTokens>
struct FieldSums {
  __m512i sums[kRows][kTokens][4];

  FieldSums() {
    for (auto& row : sums) {
      for (auto& token : row) {
        for (__m512i& field : token) field = _mm512_setzero_si512();
      }
    }
  }

  /// `codes` is a row's 64 bytes, by its number.
  template <typename Codes>
  void add(const Codes& codes, const std::int8_t* a, std::int64_t stride) {
    constexpr int kMasks[4] = {0xc0, 0x30, 0x0c, 0x03};
    __m512i rows[kRows];
#pragma GCC unroll 2
    for (int r = 0; r < kRows; ++r) rows[r] = codes(r);
#pragma GCC unroll 4
    for (int t = 0; t < kTokens; ++t) {
#pragma GCC unroll 4
      for (int f = 0; f < 4; ++f) {
        const __m512i values = _mm512_load_si512(a + t * stride + 64 * f);
#pragma GCC unroll 2
        for (int r = 0; r < kRows; ++r) {
          const __m512i field = _mm512_and_si512(rows[r], _mm512_set1_epi8(static_cast<char>(kMasks[f])));
          sums[r][t][f] = _mm512_dpbusd_epi32(sums[r][t][f], field, values);
        }
      }
    }
  }

  __m512i total(int r, int t) const {
    const __m512i(&of)[4] = sums[r][t];
    const __m512i high = _mm512_add_epi32(_mm512_srai_epi32(of[0], 6), _mm512_srai_epi32(of[1], 4));
    return _mm512_add_epi32(high, _mm512_add_epi32(_mm512_srai_epi32(of[2], 2), of[3]));
  }
};

/// The sums of four vectors' lanes.
inline __m128i reduce(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/// Four rows by kTokens tokens; `wanted` are rows that will be wanted soon.
template <int kTokens>
void stream(const TwoBitArguments& arguments, const std::uint8_t* const* rows, const std::uint8_t* const* wanted,
            ReadAhead read_ahead, std::int64_t token, __m128i* results) {
  const std::int64_t pairs = pairs_of(arguments.row_bytes);
  const std::int64_t whole = arguments.row_bytes / 64;
  const std::int64_t stride = 256 * pairs;
  // Two rows share the activations' loads, of which some processors have one a cycle.
  constexpr int kAtOnce = kTokens <= 2 ? 2 : 1;
  __m512i totals[kTokens][4];
  for (int j = 0; j < 4; j += kAtOnce) {
    const std::int8_t* a = arguments.activations + token * stride;
    FieldSums<kAtOnce, kTokens> sums;
    for (std::int64_t i = 0; i < whole; ++i, a += 256) {
      const auto codes = [&](int r) {
        read_ahead.line(wanted[j + r] + 64 * i);
        return _mm512_loadu_si512(rows[j + r] + 64 * i);
      };
      sums.add(codes, a, stride);
    }
    if (whole < pairs) {
      const auto codes = [&](int r) {
        return _mm512_zextsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[j + r] + 64 * whole)));
      };
      sums.add(codes, a, stride);
    }
#pragma GCC unroll 4
    for (int t = 0; t < kTokens; ++t) {
#pragma GCC unroll 2
      for (int r = 0; r < kAtOnce; ++r) totals[t][j + r] = sums.total(r, t);
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < kTokens; ++t) {
    const __m128i sum = reduce(totals[t][0], totals[t][1], totals[t][2], totals[t][3]);
    results[t] = _mm_sub_epi32(sum, _mm_set1_epi32(arguments.token_sums[token + t]));
  }
}

using Stream = void (*)(const TwoBitArguments&, const std::uint8_t* const*, const std::uint8_t* const*, ReadAhead,
                        std::int64_t, __m128i*);
constexpr Stream kStreams[4] = {stream<1>, stream<2>, stream<3>, stream<4>};

/// Four runs of rows at a time, each a stream of its own: memory answers four in order faster than one.
void multiply_stream(const TwoBitArguments& arguments) {
  // Whole rows ahead: a list may leave rows out.
  const ReadAhead read_ahead = read_ahead_of(4);
  const std::int64_t rows_ahead = (read_ahead.bytes + arguments.row_bytes - 1) / arguments.row_bytes;
  const std::int64_t run = (arguments.end - arguments.begin + 3) / 4;
  const auto row_at = [&](std::int64_t i) {
    const std::int64_t at = i < arguments.end ? i : arguments.end - 1;
    return arguments.row_list != nullptr ? arguments.row_list[at] : at;
  };
  for (std::int64_t i = arguments.begin; i < arguments.begin + run; ++i) {
    const std::uint8_t* rows[4];
    const std::uint8_t* wanted[4];
    for (std::int64_t j = 0; j < 4; ++j) {
      rows[j] = arguments.codes + row_at(i + j * run) * arguments.row_bytes;
      wanted[j] = arguments.codes + row_at(i + j * run + rows_ahead) * arguments.row_bytes;
    }
    for (std::int64_t t = 0; t < arguments.tokens; t += 4) {
      const std::int64_t n = arguments.tokens - t < 4 ? arguments.tokens - t : 4;
      __m128i results[4];
      kStreams[n - 1](arguments, rows, wanted, read_ahead, t, results);
      for (std::int64_t u = 0; u < n; ++u) {
        std::int32_t* const sums = arguments.sums + (t + u) * arguments.sums_stride;
        alignas(16) std::int32_t four[4];
        _mm_store_si128(reinterpret_cast<__m128i*>(four), results[u]);
        for (std::int64_t j = 0; j < 4; ++j) sums[row_at(i + j * run)] = four[j];
      }
    }
  }
}

/// Unpacks bytes [byte_begin, byte_begin + bytes) of 16 rows into their half of a panel. Dword d of a block holds
/// inputs 4 d ... 4 d + 3 of each field: turned first and unpacked after, a quarter of the shuffles.
void unpack_half(const std::uint8_t* const* rows, std::int64_t byte_begin, std::int64_t bytes, std::uint8_t* panel) {
  const __m512i mask = _mm512_set1_epi8(0x03);
  for (std::int64_t b = 0; b < bytes; b += 64) {
    const int dwords = bytes - b < 64 ? 8 : 16;
    __m512i v[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      v[i] = _mm512_maskz_loadu_epi32(static_cast<__mmask16>(dwords == 8 ? 0xff : 0xffff), rows[i] + byte_begin + b);
    }
    avx512::transpose(v);
    std::uint8_t* const to = panel + b * 4 * kPanelRows;
#pragma GCC unroll 16
    for (int d = 0; d < 16; ++d) {
      if (d >= dwords) break;
      std::uint8_t* const quad = to + (32 * (d / 8) + d % 8) * 4 * kPanelRows;
      _mm512_store_si512(quad, _mm512_and_si512(_mm512_srli_epi32(v[d], 6), mask));
      _mm512_store_si512(quad + 8 * 4 * kPanelRows, _mm512_and_si512(_mm512_srli_epi32(v[d], 4), mask));
      _mm512_store_si512(quad + 16 * 4 * kPanelRows, _mm512_and_si512(_mm512_srli_epi32(v[d], 2), mask));
      _mm512_store_si512(quad + 24 * 4 * kPanelRows, _mm512_and_si512(v[d], mask));
    }
  }
}

void multiply_panels(const TwoBitArguments& arguments) {
  constexpr std::int64_t kBytes = kPanelInputs / 4;
  auto* const sums = reinterpret_cast<__m512i*>(arguments.scratch);
  std::uint8_t* const panel = arguments.scratch + kPanelSumBytes * arguments.tokens;
  const auto rows_from = [&](std::int64_t i, std::int64_t end, const std::uint8_t** rows) {
    for (std::int64_t j = 0; j < kPanelRows; ++j) {
      const std::int64_t at = i + j < end ? i + j : end - 1;
      rows[j] = arguments.codes + (arguments.row_list != nullptr ? arguments.row_list[at] : at) * arguments.row_bytes;
    }
  };
  for (std::int64_t i = arguments.begin; i < arguments.end; i += kPanelRows) {
    const std::int64_t count = arguments.end - i < kPanelRows ? arguments.end - i : kPanelRows;
    const std::uint8_t* rows[kPanelRows];
    const std::uint8_t* following[kPanelRows];
    rows_from(i, arguments.end, rows);
    rows_from(i + kPanelRows, arguments.count, following);
    for (std::int64_t t = 0; t < 2 * arguments.tokens; ++t) sums[t] = _mm512_setzero_si512();
    for (std::int64_t b = 0; b < arguments.row_bytes; b += kBytes) {
      const std::int64_t bytes = arguments.row_bytes - b < kBytes ? arguments.row_bytes - b : kBytes;
      unpack_half(rows, b, bytes, panel);
      if (count > 16) unpack_half(rows + 16, b, bytes, panel + 64);
      const bool last = b + kBytes >= arguments.row_bytes;
      avx512::multiply_panel(panel, 4 * bytes, arguments.activations, 4 * arguments.row_bytes, 4 * b, arguments.tokens,
                             sums, {.rows = last ? following : rows, .offset = last ? 0 : b + kBytes, .bytes = kBytes});
    }
    avx512::put_panel(sums, arguments.tokens,
                      {.sums = arguments.sums,
                       .stride = arguments.sums_stride,
                       .row_list = arguments.row_list != nullptr ? arguments.row_list + i : nullptr,
                       .row = i,
                       .rows = count,
                       .token_sums = arguments.token_sums});
  }
}

void multiply(const TwoBitArguments& arguments) {
  if (arguments.tokens <= kStreamTokens) {
    multiply_stream(arguments);
  } else {
    multiply_panels(arguments);
  }
}

}  // namespace

const TwoBitBody kTwoBitAvx512 = {prepared_bytes, prepare, scratch_bytes, multiply, kPanelRows};

}  // namespace ternsim::kernels
