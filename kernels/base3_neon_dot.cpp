// Compiled for arm64 with dot products, alone: no standard header with inline code may be included here (see
// kernels/packings.cmake).
#include "kernels/base3_neon_decoder.h"

namespace ternsim::kernels {

void base3_neon_dot(const Base3Arguments& arguments) {
  const Base3NeonDecoder decoder;
  for (std::int64_t r = arguments.begin; r < arguments.end; ++r) {
    int32x4_t total = vdupq_n_s32(0);
    for_each_vector(arguments, r, [&](const std::uint8_t* bytes, const std::int8_t* a, std::int64_t stride) {
      const Base3Codes codes = decoder.decode(bytes);
      for (int n = 0; n < 5; ++n) total = vdotq_s32(total, codes.v[n], vld1q_s8(a + n * stride));
    });
    arguments.sums[r] = vaddvq_s32(total) - arguments.token_sum;
  }
}

}  // namespace ternsim::kernels
