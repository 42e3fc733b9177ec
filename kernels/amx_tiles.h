#pragma once

#include <immintrin.h>

#include <cstdint>

namespace ternsim::kernels::amx {

// For files compiled for AMX alone.

/// What is written before a tile is loaded or stored is in memory: the intrinsics do not say that they read it.
static inline void tiles_read_memory() { __asm__ volatile("" ::: "memory"); }

struct __attribute__((packed)) TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

/// All eight tiles of the calling thread, 16 rows of 64 bytes each, while it lives.
class AllTiles {
 public:
  __attribute__((always_inline)) AllTiles() {
    tiles_read_memory();
    _tile_loadconfig(&configuration_);
  }
  __attribute__((always_inline)) ~AllTiles() { _tile_release(); }
  AllTiles(const AllTiles&) = delete;
  AllTiles& operator=(const AllTiles&) = delete;

 private:
  TileConfiguration configuration_;
};

}  // namespace ternsim::kernels::amx
