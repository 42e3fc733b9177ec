#include "model/half.h"

namespace ternsim::model {

std::uint16_t f32_to_f16(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  std::uint32_t half;
  if (magnitude > 0x7f800000U) {
    half = 0x7e00U;
  } else if (magnitude >= 0x477ff000U) {  // 65520, midway between the largest finite half and 2^16
    half = 0x7c00U;
  } else if (magnitude < 0x38800000U) {  // below 2^-14 halves are multiples of 2^-24
    const float scaled = std::bit_cast<float>(magnitude) * 0x1p24F;
    half = static_cast<std::uint32_t>((scaled + 0x1p23F) - 0x1p23F);
  } else {
    const std::uint32_t rebased = magnitude - (112U << 23);
    half = (rebased + 0x0fffU + ((rebased >> 13) & 1U)) >> 13;
  }
  return static_cast<std::uint16_t>(sign | half);
}

std::uint16_t f32_to_bf16(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace ternsim::model
