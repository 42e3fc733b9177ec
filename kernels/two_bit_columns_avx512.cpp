// Compiled for AVX-512, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/panel_avx512.h"
#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

/// Codes of four inputs for 64 row quadruples, an input's next to the others': dword 4 l + m of out[q] holds byte
/// 16 l + 4 q + m of each.
inline void interleave(__m512i a, __m512i b, __m512i c, __m512i d, __m512i (&out)[4]) {
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b);
  const __m512i ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d);
  const __m512i cd_high = _mm512_unpackhi_epi8(c, d);
  out[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
  out[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
  out[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
  out[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
}

inline void interleave(const std::uint8_t* const* from, std::int64_t at, __m512i (&out)[4]) {
  interleave(_mm512_load_si512(from[0] + at), _mm512_load_si512(from[1] + at), _mm512_load_si512(from[2] + at),
             _mm512_load_si512(from[3] + at), out);
}

constexpr std::int64_t kInputs = 16;  // at a time: each sum is loaded and stored once for four instructions
/// How far ahead memory is asked for: into the second-level cache, because the runs of 64 bytes a group come too
/// scattered for the hardware's prefetch, and asking for the first level would fill its few line buffers.
constexpr std::int64_t kAhead = 2 * kInputs;

/// Sixteen inputs of all groups taken. `sums` (groups, 4 fields, 4 vectors).
void add_inputs(const ColumnsArguments& arguments, std::int64_t first, std::int64_t ahead, std::int64_t taken,
                __m512i* sums) {
  const std::uint8_t* from[kInputs];
  const std::uint8_t* next[kInputs];
  __m512i values[kInputs / 4];
  for (std::int64_t i = 0; i < kInputs; ++i) {
    from[i] = arguments.bytes + (arguments.inputs[first + i] * arguments.groups + arguments.group_begin) * 64;
    next[i] = arguments.bytes + (arguments.inputs[ahead + i] * arguments.groups + arguments.group_begin) * 64;
  }
  for (std::int64_t i = 0; i < kInputs / 4; ++i) {
    std::int32_t four;
    __builtin_memcpy(&four, arguments.values + first + 4 * i, sizeof four);
    values[i] = _mm512_set1_epi32(four);
  }
  const __m512i masks[4] = {_mm512_set1_epi8(static_cast<char>(0xc0)), _mm512_set1_epi8(0x30), _mm512_set1_epi8(0x0c),
                            _mm512_set1_epi8(0x03)};
  for (std::int64_t g = 0; g < taken; ++g, sums += 16) {
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kInputs; ++i) _mm_prefetch(next[i] + 64 * g, _MM_HINT_T1);
    __m512i codes[kInputs / 4][4];
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < kInputs / 4; ++i) interleave(from + 4 * i, 64 * g, codes[i]);
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) {
#pragma GCC unroll 4
      for (int f = 0; f < 4; ++f) {
        __m512i sum = sums[4 * f + q];
#pragma GCC unroll 4
        for (std::int64_t i = 0; i < kInputs / 4; ++i) {
          sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(codes[i][q], masks[f]), values[i]);
        }
        sums[4 * f + q] = sum;
      }
    }
  }
}

/// Adds what `sums` hold of a group to (256) results, in order of rows, and clears them. `shift` takes the field's
/// place in its byte off.
template <int kShift>
void put_field(__m512i* sums, std::int32_t* results) {
  const __m512i a = _mm512_shuffle_i32x4(sums[0], sums[1], 0x88);
  const __m512i b = _mm512_shuffle_i32x4(sums[2], sums[3], 0x88);
  const __m512i c = _mm512_shuffle_i32x4(sums[0], sums[1], 0xdd);
  const __m512i d = _mm512_shuffle_i32x4(sums[2], sums[3], 0xdd);
  const __m512i in_order[4] = {_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(c, d, 0x88),
                               _mm512_shuffle_i32x4(a, b, 0xdd), _mm512_shuffle_i32x4(c, d, 0xdd)};
  for (int l = 0; l < 4; ++l) {
    const __m512i old = _mm512_loadu_si512(results + 16 * l);
    _mm512_storeu_si512(results + 16 * l, _mm512_add_epi32(old, _mm512_srai_epi32(in_order[l], kShift)));
    sums[l] = _mm512_setzero_si512();
  }
}

/// Inputs that are unpacked at a time, for 256 rows: 512 KiB of codes stay in the second-level cache.
constexpr std::int64_t kPanelInputs = 2048;
constexpr std::int64_t kPanels = 256 / avx512::kPanelRows;

/// Four inputs of a group as a step of its eight panels; `panel_bytes` from one panel to the next.
inline void unpack_quad(const std::uint8_t* const* from, std::uint8_t* to, std::int64_t panel_bytes) {
  // Dwords turned so that interleaving leaves 16 consecutive rows in a vector.
  const __m512i turn = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i mask = _mm512_set1_epi8(0x03);
  __m512i in[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    in[i] = _mm512_setzero_si512();
    if (from[i] != nullptr) in[i] = _mm512_permutexvar_epi32(turn, _mm512_load_si512(from[i]));
  }
  __m512i codes[4];
  interleave(in[0], in[1], in[2], in[3], codes);
#pragma GCC unroll 4
  for (int q = 0; q < 4; ++q) {
    std::uint8_t* const at = to + q / 2 * panel_bytes + q % 2 * 64;
    _mm512_store_si512(at, _mm512_and_si512(_mm512_srli_epi32(codes[q], 6), mask));
    _mm512_store_si512(at + 2 * panel_bytes, _mm512_and_si512(_mm512_srli_epi32(codes[q], 4), mask));
    _mm512_store_si512(at + 4 * panel_bytes, _mm512_and_si512(_mm512_srli_epi32(codes[q], 2), mask));
    _mm512_store_si512(at + 6 * panel_bytes, _mm512_and_si512(codes[q], mask));
  }
}

}  // namespace

void columns_avx512(const ColumnsArguments& arguments) {
  // A field's sums weigh up to 64, so int32 holds 64 * 2 * 128 for each of 2^17 inputs; then they are put away.
  constexpr std::int64_t kFold = std::int64_t{1} << 17;
  const std::int64_t taken = arguments.group_end - arguments.group_begin;
  auto* const sums = reinterpret_cast<__m512i*>(arguments.scratch);  // (groups, 4 fields, 4)
  std::int32_t* const results = arguments.scratch + taken * 256;     // (groups, 256)
  for (std::int64_t i = 0; i < 16 * taken; ++i) sums[i] = _mm512_setzero_si512();
  for (std::int64_t i = 0; i < 16 * taken; ++i) {
    _mm512_store_si512(results + 16 * i, _mm512_set1_epi32(-arguments.value_sum));
  }
  for (std::int64_t begin = 0; begin < arguments.count; begin += kFold) {
    const std::int64_t end = arguments.count - begin < kFold ? arguments.count : begin + kFold;
    for (std::int64_t i = begin; i < end; i += kInputs) {
      const std::int64_t ahead = i + kAhead < arguments.count ? i + kAhead : i;
      add_inputs(arguments, i, ahead, taken, sums);
    }
    for (std::int64_t g = 0; g < taken; ++g) {
      put_field<6>(sums + 16 * g, results + 256 * g);
      put_field<4>(sums + 16 * g + 4, results + 256 * g + 64);
      put_field<2>(sums + 16 * g + 8, results + 256 * g + 128);
      put_field<0>(sums + 16 * g + 12, results + 256 * g + 192);
    }
  }
  const std::int64_t first = arguments.group_begin * 256;
  for (std::int64_t i = 0; i < 256 * taken && first + i < arguments.rows; i += 16) {
    const std::int64_t left = arguments.rows - first - i;
    const auto mask = static_cast<__mmask16>(left >= 16 ? 0xffff : (1U << left) - 1);
    _mm512_mask_storeu_epi32(arguments.sums + first + i, mask, _mm512_load_si512(results + i));
  }
}

std::int64_t columns_panels_scratch_avx512(std::int64_t row_bytes, std::int64_t tokens) {
  return 256 * (4 * row_bytes < kPanelInputs ? 4 * row_bytes : kPanelInputs) +
         kPanels * avx512::kPanelSumBytes * tokens;
}

void columns_panels_avx512(const ColumnsPanelArguments& arguments) {
  const std::int64_t padded = 4 * arguments.row_bytes;
  const std::int64_t tokens = arguments.tokens;
  auto* const sums = reinterpret_cast<__m512i*>(arguments.scratch);  // (panels, tokens, 2)
  std::uint8_t* const codes = arguments.scratch + kPanels * avx512::kPanelSumBytes * tokens;
  for (std::int64_t g = arguments.group_begin; g < arguments.group_end; ++g) {
    for (std::int64_t i = 0; i < 2 * kPanels * tokens; ++i) sums[i] = _mm512_setzero_si512();
    for (std::int64_t begin = 0; begin < padded; begin += kPanelInputs) {
      const std::int64_t inputs = padded - begin < kPanelInputs ? padded - begin : kPanelInputs;
      const std::int64_t panel_bytes = avx512::kPanelRows * inputs;
      for (std::int64_t k = begin; k < begin + inputs; k += 4) {
        const std::uint8_t* from[4];
        for (std::int64_t i = 0; i < 4; ++i) {
          from[i] = k + i < arguments.cols ? arguments.bytes + ((k + i) * arguments.groups + g) * 64 : nullptr;
        }
        unpack_quad(from, codes + (k - begin) * avx512::kPanelRows, panel_bytes);
      }
      for (std::int64_t p = 0; p < kPanels && g * 256 + p * avx512::kPanelRows < arguments.rows; ++p) {
        avx512::multiply_panel(codes + p * panel_bytes, inputs, arguments.activations, padded, begin, tokens,
                               sums + 2 * tokens * p);
      }
    }
    for (std::int64_t p = 0; p < kPanels; ++p) {
      const std::int64_t row = g * 256 + p * avx512::kPanelRows;
      const std::int64_t left = arguments.rows - row;
      if (left <= 0) break;
      avx512::put_panel(sums + 2 * tokens * p, tokens,
                        {.sums = arguments.sums,
                         .stride = arguments.rows,
                         .row_list = nullptr,
                         .row = row,
                         .rows = left < avx512::kPanelRows ? left : avx512::kPanelRows,
                         .token_sums = arguments.token_sums});
    }
  }
}

}  // namespace ternsim::kernels
