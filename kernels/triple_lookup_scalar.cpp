#include "kernels/triple_lookup_bodies.h"

namespace ternsim::kernels {

void triple_lookup_scalar(const TripleLookupArguments& arguments) {
  for (std::int64_t tile = arguments.tile_begin; tile < arguments.tile_end; ++tile) {
    const std::uint8_t* block = arguments.bytes + tile * arguments.blocks * 320;
    const std::uint8_t* tables = arguments.tables;
    std::int32_t totals[32] = {};
    for (std::int64_t b = 0; b < arguments.blocks; ++b, block += 320) {
      for (int j = 0; j < 4; ++j, tables += 128) {
        const std::uint8_t* magnitudes = block + 64 + 64 * j;
        for (int at = 0; at < 64; ++at) {
          const std::uint8_t* low = tables + at / 16 * 16;
          const auto sum = [low](int magnitude, int negative) {
            const int high = static_cast<std::int8_t>(low[64 + magnitude]);
            const int value = kTripleRadix * high + low[magnitude] - kTripleBias;
            return negative != 0 ? -value : value;
          };
          totals[at % 16] += sum(magnitudes[at] & 15, block[at] >> (2 * j) & 1);
          totals[16 + at % 16] += sum(magnitudes[at] >> 4, block[at] >> (2 * j + 1) & 1);
        }
      }
    }
    for (int i = 0; i < 32 && 32 * tile + i < arguments.rows; ++i) arguments.sums[32 * tile + i] = totals[i];
  }
}

}  // namespace ternsim::kernels
