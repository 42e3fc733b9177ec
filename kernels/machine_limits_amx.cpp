// Compiled for AMX, alone: no standard header with inline code may be included here (see kernels/CMakeLists.txt).
#include <immintrin.h>

#include "kernels/amx_tiles.h"
#include "kernels/machine_limits_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr int kChains = 4;  // one product each 16 cycles, done after 52: four sums keep the multiplier busy
constexpr int kUnroll = 4;

void multiply(std::int64_t rounds) {
  const amx::AllTiles tiles;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  for (std::int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 4
    for (int u = 0; u < kUnroll; ++u) {
      _tile_dpbusd(0, 4, 5);
      _tile_dpbusd(1, 4, 5);
      _tile_dpbusd(2, 4, 5);
      _tile_dpbusd(3, 4, 5);
    }
  }
}

}  // namespace

const TileLimitBody kTileLimitAmx = {multiply, std::int64_t{kUnroll} * kChains * 16 * 16 * 64, "tdpbusd, 16 x 16 x 64"};

}  // namespace ternsim::kernels
