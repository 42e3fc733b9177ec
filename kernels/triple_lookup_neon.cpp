// For arm64, where NEON is part of the base: no standard header with inline code is needed here.
#include <arm_neon.h>

#include "kernels/triple_lookup_bodies.h"

namespace ternsim::kernels {

namespace {

inline uint8x16_t negate_where(uint8x16_t v, uint8x16_t mask) { return vsubq_u8(veorq_u8(v, mask), mask); }

/// Sums of 16 rows. Low bytes in 16 bits, high bytes (-2 to 2) as they are: up to 63 steps fit.
struct RowSums {
  uint16x8_t low[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};
  uint8x16_t high = vdupq_n_u8(0);
  int32x4_t totals[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};

  /// `negative`: 0xff in the bytes to be negated, else 0.
  void add(uint8x16_t low_table, uint8x16_t high_table, uint8x16_t index, uint8x16_t negative) {
    const uint8x16_t bytes = negate_where(vqtbl1q_u8(low_table, index), negative);
    low[0] = vaddw_u8(low[0], vget_low_u8(bytes));
    low[1] = vaddw_high_u8(low[1], bytes);
    high = vaddq_u8(high, negate_where(vqtbl1q_u8(high_table, index), negative));
  }
  void fold() {
    const int8x16_t signed_high = vreinterpretq_s8_u8(high);
    const int16x8_t multiples[2] = {vmovl_s8(vget_low_s8(signed_high)), vmovl_high_s8(signed_high)};
    const auto radix = static_cast<std::int16_t>(kTripleRadix);
    for (int half = 0; half < 2; ++half) {
      const int32x4_t low_sums[2] = {vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low[half]))),
                                     vreinterpretq_s32_u32(vmovl_high_u16(low[half]))};
      totals[2 * half] = vaddq_s32(totals[2 * half], low_sums[0]);
      totals[2 * half] = vmlal_n_s16(totals[2 * half], vget_low_s16(multiples[half]), radix);
      totals[2 * half + 1] = vaddq_s32(totals[2 * half + 1], low_sums[1]);
      totals[2 * half + 1] = vmlal_n_s16(totals[2 * half + 1], vget_high_s16(multiples[half]), radix);
      low[half] = vdupq_n_u16(0);
    }
    high = vdupq_n_u8(0);
  }
};

}  // namespace

void triple_lookup_neon(const TripleLookupArguments& arguments) {
  constexpr std::int64_t kFoldBlocks = 3;  // of sixteen steps each
  const auto bias = static_cast<std::int32_t>(16 * arguments.blocks * kTripleBias);
  for (std::int64_t tile = arguments.tile_begin; tile < arguments.tile_end; ++tile) {
    const std::uint8_t* block = arguments.bytes + tile * arguments.blocks * 320;
    const std::uint8_t* tables = arguments.tables;
    RowSums first;
    RowSums second;
    std::int64_t blocks = arguments.blocks;
    while (blocks > 0) {
      const std::int64_t run = blocks < kFoldBlocks ? blocks : kFoldBlocks;
      for (std::int64_t b = 0; b < run; ++b, block += 320) {
        for (int j = 0; j < 4; ++j, tables += 128) {
          const uint8x16_t first_bit = vdupq_n_u8(static_cast<std::uint8_t>(1 << (2 * j)));
          const uint8x16_t second_bit = vdupq_n_u8(static_cast<std::uint8_t>(2 << (2 * j)));
          for (int at = 0; at < 64; at += 16) {
            const uint8x16_t signs = vld1q_u8(block + at);
            const uint8x16_t v = vld1q_u8(block + 64 + 64 * j + at);
            const uint8x16_t low_table = vld1q_u8(tables + at);
            const uint8x16_t high_table = vld1q_u8(tables + 64 + at);
            first.add(low_table, high_table, vandq_u8(v, vdupq_n_u8(15)), vtstq_u8(signs, first_bit));
            second.add(low_table, high_table, vshrq_n_u8(v, 4), vtstq_u8(signs, second_bit));
          }
        }
      }
      first.fold();
      second.fold();
      blocks -= run;
    }
    std::int32_t rows[32];
    for (int q = 0; q < 4; ++q) {
      vst1q_s32(rows + 4 * q, first.totals[q]);
      vst1q_s32(rows + 16 + 4 * q, second.totals[q]);
    }
    for (int i = 0; i < 32 && 32 * tile + i < arguments.rows; ++i) arguments.sums[32 * tile + i] = rows[i] - bias;
  }
}

}  // namespace ternsim::kernels
