#include "kernels/pair_lookup_bodies.h"

namespace ternsim::kernels {

void pair_lookup_scalar(const PairLookupArguments& arguments) {
  for (std::int64_t tile = arguments.tile_begin; tile < arguments.tile_end; ++tile) {
    const std::uint8_t* codes = arguments.bytes + tile * arguments.groups * 64;
    const std::uint8_t* tables = arguments.tables;
    std::int32_t totals[32] = {};
    for (std::int64_t g = 0; g < arguments.groups; ++g, tables += 128) {
      for (int pair = 0; pair < 4; ++pair, codes += 16) {
        const std::uint8_t* low = tables + 16 * pair;
        const std::uint8_t* high = low + 64;
        for (int i = 0; i < 16; ++i) {
          const int first = codes[i] & 15;
          const int second = codes[i] >> 4;
          totals[i] += low[first] + 256 * high[first];
          totals[16 + i] += low[second] + 256 * high[second];
        }
      }
    }
    const auto bias = static_cast<std::int32_t>(4 * arguments.groups * kPairBias);
    for (int i = 0; i < 32 && 32 * tile + i < arguments.rows; ++i) arguments.sums[32 * tile + i] = totals[i] - bias;
  }
}

}  // namespace ternsim::kernels
