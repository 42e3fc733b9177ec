// For arm64, where NEON is part of the base: no standard header with inline code is needed here.
#include <arm_neon.h>

#include "kernels/pair_lookup_bodies.h"

namespace ternsim::kernels {

namespace {

/// Sums of 16 rows. Low bytes in 16 bits, high bytes (0 to 2) as they are: up to 127 steps fit.
struct RowSums {
  uint16x8_t low[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};
  uint8x16_t high = vdupq_n_u8(0);
  uint32x4_t totals[4] = {vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0)};

  void add(uint8x16_t low_table, uint8x16_t high_table, uint8x16_t index) {
    const uint8x16_t bytes = vqtbl1q_u8(low_table, index);
    low[0] = vaddw_u8(low[0], vget_low_u8(bytes));
    low[1] = vaddw_high_u8(low[1], bytes);
    high = vaddq_u8(high, vqtbl1q_u8(high_table, index));
  }
  void fold() {
    const uint16x8_t upper[2] = {vshll_n_u8(vget_low_u8(high), 8), vshll_high_n_u8(high, 8)};
    for (int half = 0; half < 2; ++half) {
      totals[2 * half] = vaddw_u16(totals[2 * half], vget_low_u16(low[half]));
      totals[2 * half] = vaddw_u16(totals[2 * half], vget_low_u16(upper[half]));
      totals[2 * half + 1] = vaddw_high_u16(totals[2 * half + 1], low[half]);
      totals[2 * half + 1] = vaddw_high_u16(totals[2 * half + 1], upper[half]);
      low[half] = vdupq_n_u16(0);
    }
    high = vdupq_n_u8(0);
  }
};

}  // namespace

void pair_lookup_neon(const PairLookupArguments& arguments) {
  constexpr std::int64_t kFoldGroups = 31;  // of four steps each
  const auto bias = static_cast<std::int32_t>(4 * arguments.groups * kPairBias);
  for (std::int64_t tile = arguments.tile_begin; tile < arguments.tile_end; ++tile) {
    const std::uint8_t* codes = arguments.bytes + tile * arguments.groups * 64;
    const std::uint8_t* tables = arguments.tables;
    RowSums first;
    RowSums second;
    std::int64_t groups = arguments.groups;
    while (groups > 0) {
      const std::int64_t run = groups < kFoldGroups ? groups : kFoldGroups;
      for (std::int64_t g = 0; g < run; ++g, codes += 64, tables += 128) {
        for (int at = 0; at < 64; at += 16) {
          const uint8x16_t v = vld1q_u8(codes + at);
          const uint8x16_t low_table = vld1q_u8(tables + at);
          const uint8x16_t high_table = vld1q_u8(tables + 64 + at);
          first.add(low_table, high_table, vandq_u8(v, vdupq_n_u8(15)));
          second.add(low_table, high_table, vshrq_n_u8(v, 4));
        }
      }
      first.fold();
      second.fold();
      groups -= run;
    }
    std::uint32_t rows[32];
    for (int q = 0; q < 4; ++q) {
      vst1q_u32(rows + 4 * q, first.totals[q]);
      vst1q_u32(rows + 16 + 4 * q, second.totals[q]);
    }
    for (int i = 0; i < 32 && 32 * tile + i < arguments.rows; ++i) {
      arguments.sums[32 * tile + i] = static_cast<std::int32_t>(rows[i]) - bias;
    }
  }
}

}  // namespace ternsim::kernels
