#include <cstdint>
#include <cstring>

#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

void columns_scalar(const ColumnsArguments& arguments) {
  const std::int64_t taken = arguments.group_end - arguments.group_begin;
  std::int32_t* const sums = arguments.scratch;  // (taken, 256)
  std::memset(sums, 0, static_cast<std::size_t>(taken * 256) * sizeof(std::int32_t));
  for (std::int64_t i = 0; i < arguments.count; ++i) {
    const std::int32_t value = arguments.values[i];
    const std::uint8_t* codes = arguments.bytes + (arguments.inputs[i] * arguments.groups + arguments.group_begin) * 64;
    for (std::int64_t g = 0; g < taken; ++g, codes += 64) {
      std::int32_t* to = sums + g * 256;
      for (int p = 0; p < 64; ++p) to[p] += (codes[p] >> 6) * value;
      for (int p = 0; p < 64; ++p) to[p + 64] += ((codes[p] >> 4) & 3) * value;
      for (int p = 0; p < 64; ++p) to[p + 128] += ((codes[p] >> 2) & 3) * value;
      for (int p = 0; p < 64; ++p) to[p + 192] += (codes[p] & 3) * value;
    }
  }
  const std::int64_t first = arguments.group_begin * 256;
  for (std::int64_t i = 0; i < taken * 256 && first + i < arguments.rows; ++i) {
    arguments.sums[first + i] = sums[i] - arguments.value_sum;
  }
}

}  // namespace ternsim::kernels
