// Compiled for arm64 with dot products, alone: no standard header with inline code may be included here (see
// kernels/packings.cmake).
#include <arm_neon.h>

#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlockBytes = 32;
constexpr std::int64_t kBlockWeights = 128;

/// One row by kTokens tokens; the codes are unpacked once.
template <int kTokens>
void multiply_tokens(const TwoBitArguments& arguments, std::int64_t row, std::int64_t token) {
  const std::int64_t blocks = arguments.row_bytes / kBlockBytes;
  const std::int64_t stride = blocks * kBlockWeights;
  const std::uint8_t* bytes = arguments.codes + row * arguments.row_bytes;
  const std::int8_t* a = arguments.activations + token * stride;
  const uint8x16_t mask = vdupq_n_u8(3);
  int32x4_t total[kTokens];
  for (int t = 0; t < kTokens; ++t) total[t] = vdupq_n_s32(0);
  for (std::int64_t b = 0; b < blocks; ++b, bytes += kBlockBytes, a += kBlockWeights) {
    const uint8x16_t low = vld1q_u8(bytes);
    const uint8x16_t high = vld1q_u8(bytes + 16);
    const uint8x16_t codes[8] = {vshrq_n_u8(low, 6),
                                 vshrq_n_u8(high, 6),
                                 vandq_u8(vshrq_n_u8(low, 4), mask),
                                 vandq_u8(vshrq_n_u8(high, 4), mask),
                                 vandq_u8(vshrq_n_u8(low, 2), mask),
                                 vandq_u8(vshrq_n_u8(high, 2), mask),
                                 vandq_u8(low, mask),
                                 vandq_u8(high, mask)};
    for (int t = 0; t < kTokens; ++t) {
      for (int i = 0; i < 8; ++i) {
        total[t] = vdotq_s32(total[t], vreinterpretq_s8_u8(codes[i]), vld1q_s8(a + t * stride + 16 * i));
      }
    }
  }
  for (std::int64_t t = 0; t < kTokens; ++t) {
    arguments.sums[(token + t) * arguments.sums_stride + row] = vaddvq_s32(total[t]) - arguments.token_sums[token + t];
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

}  // namespace

const TwoBitBody kTwoBitNeonDot = {plain_prepared_bytes, plain_prepare, no_scratch_bytes, multiply, 32};

}  // namespace ternsim::kernels
