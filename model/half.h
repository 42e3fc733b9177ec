#pragma once

#include <bit>
#include <cstdint>

namespace ternsim::model {

/// IEEE binary16 to float32, exact; a NaN stays a NaN. Without branches, so that loops over it vectorise.
inline float f16_to_f32(std::uint16_t h) {
  constexpr std::uint32_t kRebias = 112U << 23;
  const std::uint32_t magnitude = h & 0x7fffU;
  // Masks, all ones or zero: a conditional around a float operation keeps GCC from vectorising.
  const std::uint32_t is_subnormal = 0U - static_cast<std::uint32_t>(magnitude < 0x0400U);
  const std::uint32_t is_special = 0U - static_cast<std::uint32_t>(magnitude >= 0x7c00U);
  const float scaled = static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(scaled) & is_subnormal;
  const std::uint32_t normal = ((magnitude << 13) + kRebias + (kRebias & is_special)) & ~is_subnormal;
  return std::bit_cast<float>((static_cast<std::uint32_t>(h & 0x8000U) << 16) | subnormal | normal);
}

/// bfloat16 to float32, exact.
inline float bf16_to_f32(std::uint16_t h) { return std::bit_cast<float>(static_cast<std::uint32_t>(h) << 16); }

/// Nearest IEEE binary16, ties to even; 65520 and above become infinite, a NaN a quiet NaN.
std::uint16_t f32_to_f16(float x);
/// Nearest bfloat16, ties to even; a NaN becomes a quiet NaN.
std::uint16_t f32_to_bf16(float x);

}  // namespace ternsim::model
