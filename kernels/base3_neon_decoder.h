#pragma once

#include <arm_neon.h>

#include "kernels/base3_bodies.h"

// For the two NEON bodies; what is defined here stays within the file that includes it, which has flags of its own.
namespace ternsim::kernels {
namespace {

/// The five codes of sixteen bytes.
struct Base3Codes {
  int8x16_t v[5];
};

/// Look-ups of 64 entries are one instruction here; one outside of its table leaves what is there (vqtbx).
class Base3NeonDecoder {
 public:
  Base3Codes decode(const std::uint8_t* bytes) const {
    const uint8x16_t v = vld1q_u8(bytes);
    const uint8x16_t three = vdupq_n_u8(3);
    const uint8x16_t marked_index = vsubq_u8(v, vdupq_n_u8(0xc0));
    const uint8x16_t fields = vqtbx4q_u8(vqtbl4q_u8(plain_, vandq_u8(v, vdupq_n_u8(0x3f))), marked_, marked_index);
    const uint8x16_t fifth = vshrq_n_u8(vqtbx4q_u8(v, marked_fifth_, marked_index), 6);
    return {{vreinterpretq_s8_u8(vshrq_n_u8(fields, 6)), vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(fields, 4), three)),
             vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(fields, 2), three)), vreinterpretq_s8_u8(vandq_u8(fields, three)),
             vreinterpretq_s8_u8(fifth)}};
  }

 private:
  uint8x16x4_t plain_ = vld1q_u8_x4(kBase3Tables.fields);
  uint8x16x4_t marked_ = vld1q_u8_x4(kBase3Tables.fields + 0xc0);
  uint8x16x4_t marked_fifth_ = vld1q_u8_x4(kBase3Tables.fifth + 0xc0);
};

/// Calls step(bytes, activations, stride) for each sixteen bytes of a row; `stride` is from one of a byte's weights to
/// the next.
template <typename Step>
void for_each_vector(const Base3Arguments& arguments, std::int64_t row, Step step) {
  const std::uint8_t* bytes = arguments.bytes + row * arguments.row_bytes;
  const std::int8_t* a = arguments.activations;
  for (std::int64_t left = arguments.row_bytes; left > 0;) {
    const std::int64_t lanes = left < 64 ? left : 64;
    for (std::int64_t p = 0; p < lanes; p += 16) step(bytes + p, a + p, lanes);
    bytes += lanes;
    a += 5 * lanes;
    left -= lanes;
  }
}

}  // namespace
}  // namespace ternsim::kernels
