// For arm64, where NEON is part of the base: no standard header with inline code is needed here.
#include <arm_neon.h>

#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlockBytes = 32;
constexpr std::int64_t kBlockWeights = 128;

/// The codes of a block in order, sixteen to a vector.
struct Codes {
  int8x16_t v[8];

  explicit Codes(const std::uint8_t* block) {
    const uint8x16_t mask = vdupq_n_u8(3);
    for (int half = 0; half < 2; ++half) {
      const uint8x16_t bytes = vld1q_u8(block + 16 * half);
      v[half] = vreinterpretq_s8_u8(vshrq_n_u8(bytes, 6));
      v[2 + half] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(bytes, 4), mask));
      v[4 + half] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(bytes, 2), mask));
      v[6 + half] = vreinterpretq_s8_u8(vandq_u8(bytes, mask));
    }
  }
};

/// One row by kTokens tokens. A block adds at most 8 * 2 * 128 = 2048 to a 16-bit sum: fifteen fit before the fold to
/// 32 bits.
template <int kTokens>
void dots(const std::uint8_t* codes, std::int64_t blocks, const std::int8_t* a, std::int64_t stride,
          std::int32_t* results) {
  constexpr std::int64_t kFold = 15;
  int32x4_t total[kTokens];
  for (int t = 0; t < kTokens; ++t) total[t] = vdupq_n_s32(0);
  while (blocks > 0) {
    const std::int64_t run = blocks < kFold ? blocks : kFold;
    int16x8_t low[kTokens];
    int16x8_t high[kTokens];
    for (int t = 0; t < kTokens; ++t) low[t] = high[t] = vdupq_n_s16(0);
    for (std::int64_t b = 0; b < run; ++b, codes += kBlockBytes, a += kBlockWeights) {
      const Codes block(codes);
      for (int t = 0; t < kTokens; ++t) {
        for (int i = 0; i < 8; ++i) {
          const int8x16_t values = vld1q_s8(a + t * stride + 16 * i);
          low[t] = vmlal_s8(low[t], vget_low_s8(block.v[i]), vget_low_s8(values));
          high[t] = vmlal_high_s8(high[t], block.v[i], values);
        }
      }
    }
    for (int t = 0; t < kTokens; ++t) total[t] = vpadalq_s16(vpadalq_s16(total[t], low[t]), high[t]);
    blocks -= run;
  }
  for (int t = 0; t < kTokens; ++t) results[t] = vaddvq_s32(total[t]);
}

template <int kTokens>
void multiply_tokens(const TwoBitArguments& arguments, std::int64_t row, std::int64_t token) {
  const std::int64_t blocks = arguments.row_bytes / kBlockBytes;
  const std::int64_t stride = blocks * kBlockWeights;
  std::int32_t results[kTokens];
  dots<kTokens>(arguments.codes + row * arguments.row_bytes, blocks, arguments.activations + token * stride, stride,
                results);
  for (std::int64_t t = 0; t < kTokens; ++t) {
    arguments.sums[(token + t) * arguments.sums_stride + row] = results[t] - arguments.token_sums[token + t];
  }
}

void multiply(const TwoBitArguments& arguments) {
  constexpr int kTile = 4;
  for (std::int64_t i = arguments.begin; i < arguments.end; ++i) {
    const std::int64_t r = arguments.row_list != nullptr ? arguments.row_list[i] : i;
    std::int64_t t = 0;
    for (; t + kTile <= arguments.tokens; t += kTile) multiply_tokens<kTile>(arguments, r, t);
    for (; t < arguments.tokens; ++t) multiply_tokens<1>(arguments, r, t);
  }
}

/// Sixteen bytes of a group, that is 64 rows, by sixteen inputs: 16 * 2 * 128 fits a 16-bit sum.
void add_inputs(const ColumnsArguments& arguments, std::int64_t input, std::int64_t group, int part,
                std::int32_t* sums) {
  const uint8x16_t mask = vdupq_n_u8(3);
  int16x8_t acc[4][2];
  for (auto& field : acc) field[0] = field[1] = vdupq_n_s16(0);
  for (std::int64_t i = input; i < input + 16; ++i) {
    const uint8x16_t bytes =
        vld1q_u8(arguments.bytes + (arguments.inputs[i] * arguments.groups + group) * 64 + 16 * part);
    const int8x16_t value = vdupq_n_s8(arguments.values[i]);
    const uint8x16_t codes[4] = {vshrq_n_u8(bytes, 6), vandq_u8(vshrq_n_u8(bytes, 4), mask),
                                 vandq_u8(vshrq_n_u8(bytes, 2), mask), vandq_u8(bytes, mask)};
    for (int f = 0; f < 4; ++f) {
      const int8x16_t code = vreinterpretq_s8_u8(codes[f]);
      acc[f][0] = vmlal_s8(acc[f][0], vget_low_s8(code), vget_low_s8(value));
      acc[f][1] = vmlal_high_s8(acc[f][1], code, value);
    }
  }
  for (int f = 0; f < 4; ++f) {
    for (int half = 0; half < 2; ++half) {
      std::int32_t* to = sums + 64 * f + 16 * part + 8 * half;
      vst1q_s32(to, vaddw_s16(vld1q_s32(to), vget_low_s16(acc[f][half])));
      vst1q_s32(to + 4, vaddw_high_s16(vld1q_s32(to + 4), acc[f][half]));
    }
  }
}

}  // namespace

const TwoBitBody kTwoBitNeon = {plain_prepared_bytes, plain_prepare, no_scratch_bytes, multiply, 32};

void columns_neon(const ColumnsArguments& arguments) {
  const std::int64_t taken = arguments.group_end - arguments.group_begin;
  std::int32_t* const sums = arguments.scratch;  // (taken, 256)
  for (std::int64_t i = 0; i < 256 * taken; i += 4) vst1q_s32(sums + i, vdupq_n_s32(-arguments.value_sum));
  for (std::int64_t input = 0; input < arguments.count; input += 16) {
    for (std::int64_t g = 0; g < taken; ++g) {
      for (int part = 0; part < 4; ++part) {
        add_inputs(arguments, input, arguments.group_begin + g, part, sums + 256 * g);
      }
    }
  }
  const std::int64_t first = arguments.group_begin * 256;
  for (std::int64_t i = 0; i < 256 * taken && first + i < arguments.rows; ++i) arguments.sums[first + i] = sums[i];
}

// Dot products take four inputs of a row together, which would have to be interleaved first: nothing to gain.
void columns_neon_dot(const ColumnsArguments& arguments) { columns_neon(arguments); }

}  // namespace ternsim::kernels
