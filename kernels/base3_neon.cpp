// For arm64, where NEON is part of the base: no standard header with inline code is needed here.
#include "kernels/base3_neon_decoder.h"

namespace ternsim::kernels {

void base3_neon(const Base3Arguments& arguments) {
  // A vector adds at most 5 * 2 * 128 = 1280 to a 16-bit sum: 25 fit before the fold to 32 bits.
  constexpr int kFold = 25;
  const Base3NeonDecoder decoder;
  for (std::int64_t r = arguments.begin; r < arguments.end; ++r) {
    int32x4_t total = vdupq_n_s32(0);
    int16x8_t low = vdupq_n_s16(0);
    int16x8_t high = vdupq_n_s16(0);
    int steps = 0;
    for_each_vector(arguments, r, [&](const std::uint8_t* bytes, const std::int8_t* a, std::int64_t stride) {
      const Base3Codes codes = decoder.decode(bytes);
      for (int n = 0; n < 5; ++n) {
        const int8x16_t values = vld1q_s8(a + n * stride);
        low = vmlal_s8(low, vget_low_s8(codes.v[n]), vget_low_s8(values));
        high = vmlal_high_s8(high, codes.v[n], values);
      }
      if (++steps == kFold) {
        total = vpadalq_s16(vpadalq_s16(total, low), high);
        low = high = vdupq_n_s16(0);
        steps = 0;
      }
    });
    arguments.sums[r] = vaddvq_s32(vpadalq_s16(vpadalq_s16(total, low), high)) - arguments.token_sum;
  }
}

}  // namespace ternsim::kernels
