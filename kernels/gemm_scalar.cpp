#include "kernels/gemm_bodies.h"

namespace ternsim::kernels {

void gemm_scalar(const GemmArguments& arguments) {
  const std::int64_t cols = 4 * arguments.row_bytes;
  for (std::int64_t r = 0; r < arguments.rows; ++r) {
    const std::uint8_t* row = arguments.codes + r * arguments.row_bytes;
    for (std::int64_t t = 0; t < arguments.tokens; ++t) {
      std::int32_t sum = 0;
      const std::int8_t* a = arguments.activations + t * cols;
      for (const std::uint8_t* block = row; block != row + arguments.row_bytes; block += 32, a += 128) {
        for (int p = 0; p < 32; ++p) {
          sum += (block[p] >> 6) * a[p] + ((block[p] >> 4) & 3) * a[p + 32] + ((block[p] >> 2) & 3) * a[p + 64] +
                 (block[p] & 3) * a[p + 96];
        }
      }
      arguments.sums[t * arguments.rows + r] = sum - arguments.token_sums[t];
    }
  }
}

}  // namespace ternsim::kernels
