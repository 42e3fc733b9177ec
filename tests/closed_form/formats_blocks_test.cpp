#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/quantised_blocks.h"

namespace ternsim::model {
namespace {

std::vector<float> decoded(ElementType type, const std::vector<std::uint8_t>& bytes, std::size_t n) {
  std::vector<float> out(n);
  decode_row(type, bytes, out);
  return out;
}
std::vector<std::uint8_t> encoded(ElementType type, const std::vector<float>& values) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(row_bytes(type, static_cast<std::int64_t>(values.size()))));
  encode_row(type, values, out);
  return out;
}
std::vector<float> random_row(std::uint64_t seed, std::size_t n) {
  Random random(seed);
  std::vector<float> out(n);
  // About normal: the sum of twelve uniform numbers.
  for (float& x : out) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.uniform();
    x = static_cast<float>(sum);
  }
  return out;
}
double rmse(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  return std::sqrt(sum / static_cast<double>(a.size()));
}

// float16 d = 0.5 (0x3800), then int8 elements.
TEST(Blocks, Q80AsWrittenOut) {
  std::vector<std::uint8_t> bytes(34);
  bytes[1] = 0x38;
  bytes[2] = 127;
  bytes[33] = 0x80;
  const auto out = decoded(ElementType::Q8_0, bytes, 32);
  EXPECT_EQ(out[0], 63.5F);
  EXPECT_EQ(out[1], 0.0F);
  EXPECT_EQ(out[31], -64.0F);
}

// d = 2 (0x4000); low nibbles are elements 0 ... 15, high ones 16 ... 31, 8 is zero.
TEST(Blocks, Q40AsWrittenOut) {
  std::vector<std::uint8_t> bytes(18, 0x88);
  bytes[0] = 0;
  bytes[1] = 0x40;
  bytes[2] = 0xF0;
  bytes[17] = 0x79;
  const auto out = decoded(ElementType::Q4_0, bytes, 32);
  EXPECT_EQ(out[0], -16.0F);
  EXPECT_EQ(out[16], 14.0F);
  EXPECT_EQ(out[15], 2.0F);
  EXPECT_EQ(out[31], -2.0F);
  EXPECT_EQ(out[7], 0.0F);
}

// d = 0.5. Element 70 = half 0, run 2, place 6: high nibble of byte 6, bits 5:4 of byte 128 + 6, scale 70 / 16 = 4.
// Element 245 = half 1, run 3, place 21: high nibble of byte 64 + 32 + 21, bits 7:6 of byte 128 + 32 + 21, scale 15.
// Element 32 = run 1, place 0: low nibble of byte 32, bits 3:2 of byte 128, scale 2.
TEST(Blocks, Q6KAsWrittenOut) {
  std::vector<std::uint8_t> bytes(210);
  for (std::size_t i = 128; i < 192; ++i) bytes[i] = 0xAA;  // upper bits 2: all elements 32 - 32 = 0
  for (std::size_t i = 192; i < 208; ++i) bytes[i] = 1;
  bytes[209] = 0x38;
  bytes[6] = 0x50;                 // 5
  bytes[128 + 6] = 0b10'11'10'10;  // 5 + 48 - 32 = 21
  bytes[192 + 4] = 3;
  bytes[117] = 0xF0;           // 15
  bytes[181] = 0b00'10'10'10;  // 15 - 32 = -17
  bytes[192 + 15] = 0xFE;      // -2
  bytes[32] = 0x01;            // 1
  bytes[128] = 0b10'10'01'10;  // 1 + 16 - 32 = -15
  const auto out = decoded(ElementType::Q6_K, bytes, 256);
  for (std::size_t i = 0; i < 256; ++i) {
    const float expected = i == 70 ? 0.5F * 3 * 21 : i == 245 ? 0.5F * -2 * -17 : i == 32 ? 0.5F * -15 : 0.0F;
    EXPECT_EQ(out[i], expected) << i;
  }
}

// Integers from -32 to 31, a -32 in each group of 16: with steps of one all of them come back, places and codes.
TEST(Blocks, Q6KKeepsWhatItCanHold) {
  std::vector<float> values(512);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 37 + i / 64) % 64) - 32;
  for (std::size_t g = 0; g < values.size(); g += 16) values[g] = -32;
  EXPECT_EQ(decoded(ElementType::Q6_K, encoded(ElementType::Q6_K, values), 512), values);
}

// A uniform step of D has an error of D / sqrt(12). Q8_0's step is the block's largest magnitude / 127, Q4_0's that /
// 8; Q6_K's about the group's largest / 31.5, with an eighth bit for the group's scale.
TEST(Blocks, ErrorsAreThoseOfTheSteps) {
  const auto values = random_row(3, 256 * 64);
  double step8 = 0;
  double step6 = 0;
  for (std::size_t i = 0; i < values.size(); i += 32) {
    float largest = 0;
    for (std::size_t k = 0; k < 32; ++k) largest = std::max(largest, std::fabs(values[i + k]));
    step8 += std::pow(static_cast<double>(largest) / 127, 2);
  }
  for (std::size_t i = 0; i < values.size(); i += 16) {
    float largest = 0;
    for (std::size_t k = 0; k < 16; ++k) largest = std::max(largest, std::fabs(values[i + k]));
    step6 += std::pow(static_cast<double>(largest) / 31.5, 2);
  }
  const double expected8 = std::sqrt(step8 / static_cast<double>(values.size() / 32) / 12);
  const double expected6 = std::sqrt(step6 / static_cast<double>(values.size() / 16) / 12);
  const double error8 = rmse(values, decoded(ElementType::Q8_0, encoded(ElementType::Q8_0, values), values.size()));
  const double error6 = rmse(values, decoded(ElementType::Q6_K, encoded(ElementType::Q6_K, values), values.size()));
  const double error4 = rmse(values, decoded(ElementType::Q4_0, encoded(ElementType::Q4_0, values), values.size()));
  EXPECT_NEAR(error8 / expected8, 1, 0.05);
  EXPECT_LT(error6, expected6) << "the search must find better scales than the largest magnitude gives";
  EXPECT_GT(error6, expected6 * 0.8);
  EXPECT_NEAR(error4 / (expected8 * 127 / 8), 1, 0.1);
}

TEST(Blocks, SpecialRows) {
  for (const ElementType type : {ElementType::F32, ElementType::F16, ElementType::BF16, ElementType::Q8_0,
                                 ElementType::Q4_0, ElementType::Q6_K}) {
    const std::vector<float> zeros(256);
    EXPECT_EQ(decoded(type, encoded(type, zeros), 256), zeros);
    const std::vector<float> tiny(256, 1e-38F);
    for (const float x : decoded(type, encoded(type, tiny), 256)) EXPECT_LE(std::fabs(x), 1e-37F);
    for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> row(256, 1.0F);
      row[200] = bad;
      EXPECT_THROW(encoded(type, row), RequestError);
    }
    std::vector<std::uint8_t> small(3);
    EXPECT_THROW(encode_row(type, zeros, small), std::invalid_argument);
    std::vector<float> out(256);
    EXPECT_THROW(decode_row(type, small, out), std::invalid_argument);
  }
  EXPECT_THROW(encoded(ElementType::F16, std::vector<float>(256, 1e5F)), RequestError);
  EXPECT_THROW(encoded(ElementType::Q8_0, std::vector<float>(256, 1e38F)), RequestError);
  EXPECT_THROW(encoded(ElementType::Q6_K, std::vector<float>(256, 1e38F)), RequestError);
}

TEST(Blocks, FirstNotFiniteNamesTheElement) {
  std::vector<std::uint8_t> floats(4 * 10000);
  EXPECT_EQ(first_not_finite(ElementType::F32, floats), -1);
  floats[4 * 9999 + 3] = 0x7f;
  floats[4 * 9999 + 2] = 0x80;
  EXPECT_EQ(first_not_finite(ElementType::F32, floats), 9999);
  std::vector<std::uint8_t> blocks(34 * 3);
  blocks[34 * 2 + 1] = 0x7c;
  EXPECT_EQ(first_not_finite(ElementType::Q8_0, blocks), 64);
  blocks.assign(210 * 2, 0xff);
  blocks[208] = blocks[209] = 0;
  EXPECT_EQ(first_not_finite(ElementType::Q6_K, blocks), 256);
  const std::vector<std::uint8_t> half = {0x00, 0x7b, 0x01, 0xfc};
  EXPECT_EQ(first_not_finite(ElementType::F16, half), 1);
  EXPECT_EQ(first_not_finite(ElementType::BF16, half), -1);
}

}  // namespace
}  // namespace ternsim::model
