#include "model/half.h"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <bit>
#include <cmath>

namespace ternsim::model {
namespace {

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

TEST(Half, EveryF16WidensExactly) {
  for (std::uint32_t h = 0; h < 0x10000; ++h) {
    const float got = f16_to_f32(static_cast<std::uint16_t>(h));
    // From the definition: sign, 5 bits of exponent, 10 bits of fraction.
    const int exponent = static_cast<int>(h >> 10) & 31;
    const auto fraction = static_cast<double>(h & 1023);
    if (exponent == 31) {
      EXPECT_TRUE(fraction == 0 ? std::isinf(got) : std::isnan(got)) << h;
      EXPECT_EQ(std::signbit(got), h >= 0x8000) << h;
      continue;
    }
    const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    EXPECT_EQ(bits_of(got), bits_of(static_cast<float>(h >= 0x8000 ? -magnitude : magnitude))) << h;
  }
}

TEST(Half, EveryNumberComesBack) {
  for (std::uint32_t h = 0; h < 0x10000; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    if (!std::isnan(f16_to_f32(half))) {
      EXPECT_EQ(f32_to_f16(f16_to_f32(half)), half);
    }
    if (!std::isnan(bf16_to_f32(half))) {
      EXPECT_EQ(f32_to_bf16(bf16_to_f32(half)), half);
    }
  }
}

TEST(Half, NarrowingEqualsEigens) {
  for (std::uint64_t bits = 0; bits <= 0xffffffffULL; bits += 1009) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isnan(x)) {
      EXPECT_TRUE(std::isnan(f16_to_f32(f32_to_f16(x))));
      EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(x))));
      continue;
    }
    ASSERT_EQ(f32_to_f16(x), Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(x))) << x;
    ASSERT_EQ(f32_to_bf16(x), Eigen::numext::bit_cast<std::uint16_t>(Eigen::bfloat16(x))) << x;
  }
}

TEST(Half, TiesGoToEven) {
  EXPECT_EQ(f32_to_f16(1.0F + 0x1p-11F), 0x3c00);  // midway to the next
  EXPECT_EQ(f32_to_f16(1.0F + 0x3p-11F), 0x3c02);
  EXPECT_EQ(f32_to_f16(65519.996F), 0x7bff);
  EXPECT_EQ(f32_to_f16(65520.0F), 0x7c00);
  EXPECT_EQ(f32_to_f16(0x1p-25F), 0x0000);
  EXPECT_EQ(f32_to_f16(-0x3p-25F), 0x8002);
  EXPECT_EQ(f32_to_bf16(1.0F + 0x1p-8F), 0x3f80);
  EXPECT_EQ(f32_to_bf16(1.0F + 0x3p-8F), 0x3f82);
}

}  // namespace
}  // namespace ternsim::model
