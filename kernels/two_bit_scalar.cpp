#include <cstdint>
#include <cstring>

#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

std::int64_t plain_prepared_bytes(std::int64_t row_bytes, std::int64_t tokens) { return 4 * row_bytes * tokens; }

void plain_prepare(const std::int8_t* activations, std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
                   std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums) {
  const std::int64_t padded = 4 * row_bytes;
  for (std::int64_t t = tokens * part / parts; t < tokens * (part + 1) / parts; ++t) {
    const std::int8_t* a = activations + t * cols;
    std::memcpy(prepared + t * padded, a, static_cast<std::size_t>(cols));
    std::memset(prepared + t * padded + cols, 0, static_cast<std::size_t>(padded - cols));
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < cols; ++k) sum += a[k];
    token_sums[t] = sum;
  }
}

std::int64_t no_scratch_bytes(std::int64_t, std::int64_t) { return 0; }

namespace {

void multiply(const TwoBitArguments& arguments) {
  const std::int64_t cols = 4 * arguments.row_bytes;
  for (std::int64_t i = arguments.begin; i < arguments.end; ++i) {
    const std::int64_t r = arguments.row_list != nullptr ? arguments.row_list[i] : i;
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
      arguments.sums[t * arguments.sums_stride + r] = sum - arguments.token_sums[t];
    }
  }
}

}  // namespace

const TwoBitBody kTwoBitScalar = {plain_prepared_bytes, plain_prepare, no_scratch_bytes, multiply, 32};

}  // namespace ternsim::kernels
