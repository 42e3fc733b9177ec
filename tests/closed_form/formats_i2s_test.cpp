#include <gtest/gtest.h>

#include <limits>

#include "model/i2s.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

using testing::message_of;
using testing::random_linear;

std::vector<std::uint8_t> all_zero_weights(std::size_t weights) {
  const std::string text = testing::i2s_zeros(weights);
  return {text.begin(), text.end()};
}

// Byte p of a block of 128 holds weights p, p+32, p+64, p+96, two bits each from the top, code = weight + 1.
TEST(I2s, BlocksOf128AsWrittenOut) {
  auto bytes = all_zero_weights(128);
  bytes[5] = 0b10'01'00'10;   // weights 5: +1, 37: 0, 69: -1, 101: +1
  bytes[31] = 0b00'10'01'00;  // weights 31: -1, 63: +1, 95: 0, 127: -1
  const auto w = read_i2s(bytes, 1, 128, I2sLayout::Blocks128, "t");
  EXPECT_EQ(w.scale, 0.5F);
  for (std::int64_t k = 0; k < 128; ++k) {
    const int expected = k == 5 || k == 101 || k == 63 ? 1 : k == 69 || k == 31 || k == 127 ? -1 : 0;
    EXPECT_EQ(w.codes.weight(0, k), expected) << k;
  }
}

// Byte p of a block of 64 holds weights p, p+16, p+32, p+48; the second block begins at byte 16.
TEST(I2s, BlocksOf64AsWrittenOut) {
  auto bytes = all_zero_weights(128);
  bytes[5] = 0b10'01'00'10;   // weights 5: +1, 21: 0, 37: -1, 53: +1
  bytes[17] = 0b00'01'01'10;  // weights 64+1: -1, 64+49: +1
  const auto w = read_i2s(bytes, 1, 128, I2sLayout::Blocks64, "t");
  for (std::int64_t k = 0; k < 128; ++k) {
    const int expected = k == 5 || k == 53 || k == 113 ? 1 : k == 37 || k == 65 ? -1 : 0;
    EXPECT_EQ(w.codes.weight(0, k), expected) << k;
  }
}

// 8 rows of 48 are 3 blocks. Flat weight 130 = row 2, column 34: block 1, place 2, so byte 32 + 2, bits 7:6.
// Flat weight 383, the last = row 7, column 47: block 2, place 127, so byte 64 + 31, bits 1:0.
TEST(I2s, BlocksStraddleRows) {
  auto bytes = all_zero_weights(8 * 48);
  bytes[34] = 0b10'01'01'01;
  bytes[95] = 0b01'01'01'00;
  const auto w = read_i2s(bytes, 8, 48, I2sLayout::Blocks128, "t");
  EXPECT_EQ(w.codes.weight(2, 34), 1);
  EXPECT_EQ(w.codes.weight(7, 47), -1);
  EXPECT_EQ(w.codes.count_zeros(), 8 * 48 - 2);
}

TEST(I2s, WhatIsWrittenIsReadBack) {
  Random random(11);
  for (const I2sLayout layout : {I2sLayout::Blocks128, I2sLayout::Blocks64})
    for (const auto& [rows, cols] : {std::pair{1, 128}, {8, 48}, {64, 34}, {5, 256}, {128, 7}, {3, 640}, {32, 540}}) {
      const BitLinearWeights w = random_linear(random, rows, cols);
      const auto bytes = write_i2s(w, layout, "t");
      ASSERT_EQ(bytes.size(), static_cast<std::size_t>(rows * cols / 4 + 32));
      const auto back = read_i2s(bytes, rows, cols, layout, "t");
      EXPECT_EQ(back.scale, w.scale);
      for (std::int64_t r = 0; r < rows; ++r)
        ASSERT_TRUE(std::ranges::equal(back.codes.row(r), w.codes.row(r))) << rows << " x " << cols << " row " << r;
    }
}

TEST(I2s, IllegalCodeIsNamedWithItsPlace) {
  auto bytes = all_zero_weights(8 * 48);
  bytes[34] = 0b11'01'01'01;
  const std::string message =
      message_of<InputError>([&] { read_i2s(bytes, 8, 48, I2sLayout::Blocks128, "f.gguf: tensor 'x'"); });
  EXPECT_EQ(message.find("f.gguf: tensor 'x': code 3"), 0U) << message;
  EXPECT_NE(message.find("row 2, column 34 (byte 34"), std::string::npos) << message;
}

TEST(I2s, BadScalesAndSizesAreRefused) {
  for (const float scale : {-1.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto bytes = all_zero_weights(128);
    std::memcpy(bytes.data() + 32, &scale, sizeof scale);
    EXPECT_NE(message_of<InputError>([&] { read_i2s(bytes, 1, 128, I2sLayout::Blocks128, "t"); }).find("scale"),
              std::string::npos);
  }
  EXPECT_THROW(read_i2s(all_zero_weights(128), 1, 256, I2sLayout::Blocks128, "t"), InputError);
  EXPECT_THROW(read_i2s(all_zero_weights(64), 1, 64, I2sLayout::Blocks128, "t"), InputError);
  EXPECT_NO_THROW(read_i2s(all_zero_weights(64), 1, 64, I2sLayout::Blocks64, "t"));
  EXPECT_THROW(write_i2s({kernels::PackedTernary(1, 64), {}, 1.0F}, I2sLayout::Blocks128, "t"), RequestError);
}

}  // namespace
}  // namespace ternsim::model
