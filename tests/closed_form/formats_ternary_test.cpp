#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "model/half.h"
#include "model/ternary_codecs.h"
#include "model/ternary_from_dense.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

using testing::message_of;
using testing::random_linear;

void expect_equal(const BitLinearWeights& a, const BitLinearWeights& b) {
  ASSERT_EQ(a.codes.rows(), b.codes.rows());
  ASSERT_EQ(a.codes.cols(), b.codes.cols());
  for (std::int64_t r = 0; r < a.codes.rows(); ++r)
    ASSERT_TRUE(std::ranges::equal(a.codes.row(r), b.codes.row(r))) << "row " << r;
}

// A block of weights 0 but for those named, d = 0.5 (float16 0x3800).
std::vector<std::uint8_t> tq2_block() {
  std::vector<std::uint8_t> block(66, 0x55);
  block[64] = 0x00;
  block[65] = 0x38;
  return block;
}

// Byte m of the first 32 holds weights m, 32 + m, 64 + m, 96 + m from the lowest bits up; the second 32 bytes the
// weights from 128 on.
TEST(Tq2, BlockAsWrittenOut) {
  auto bytes = tq2_block();
  bytes[3] = 0b10'01'00'10;   // weights 99: +1, 67: 0, 35: -1, 3: +1
  bytes[63] = 0b00'10'01'00;  // weights 255: -1, 223: +1, 191: 0, 159: -1
  const auto w = read_tq(source_of(bytes, "t"), GgufTensorType::TQ2_0, 1, 256);
  EXPECT_EQ(w.scale, 0.5F);
  for (std::int64_t k = 0; k < 256; ++k) {
    const int expected = k == 3 || k == 99 || k == 223 ? 1 : k == 35 || k == 255 || k == 159 ? -1 : 0;
    EXPECT_EQ(w.codes.weight(0, k), expected) << k;
  }
  EXPECT_EQ(write_tq(w, GgufTensorType::TQ2_0, "t"), bytes);
}

// Five digits a byte, the first most significant: byte m < 32 holds weights m, 32 + m, ..., 128 + m; byte 32 + m < 48
// weights 160 + m, 176 + m, ..., 224 + m; byte 48 + j four digits, weights 240 + j, 244 + j, 248 + j, 252 + j, and a
// fifth digit 0. Stored is ceil(v 256 / 243).
TEST(Tq1, BlockAsWrittenOut) {
  std::vector<std::uint8_t> bytes(54);
  // All digits 1: v = 121, 121 * 256 / 243 = 127.47, so 128; four digits 1 and a 0: v = 120, 126.4, so 127.
  std::fill(bytes.begin(), bytes.begin() + 48, std::uint8_t{128});
  std::fill(bytes.begin() + 48, bytes.begin() + 52, std::uint8_t{127});
  bytes[53] = 0x38;
  // 2*81 + 0*27 + 1*9 + 1*3 + 1 = 175; 175 * 256 / 243 = 184.4, so 185: weights 5: +1, 37: -1.
  bytes[5] = 185;
  // 1*81 + 1*27 + 1*9 + 1*3 + 2 = 122; 122 * 256 / 243 = 128.5, so 129: weight 224 + 15: +1.
  bytes[47] = 129;
  // (1*27 + 1*9 + 0*3 + 1) * 3 = 111; 111 * 256 / 243 = 116.9, so 117: weight 248 + 2: -1.
  bytes[50] = 117;
  const auto w = read_tq(source_of(bytes, "t"), GgufTensorType::TQ1_0, 1, 256);
  EXPECT_EQ(w.scale, 0.5F);
  for (std::int64_t k = 0; k < 256; ++k) {
    const int expected = k == 5 || k == 239 ? 1 : k == 37 || k == 250 ? -1 : 0;
    EXPECT_EQ(w.codes.weight(0, k), expected) << k;
  }
  EXPECT_EQ(write_tq(w, GgufTensorType::TQ1_0, "t"), bytes);
}

TEST(Tq, EveryByteOfFiveDigitsDecodes) {
  for (int v = 0; v < 243; ++v) {
    std::vector<std::uint8_t> bytes(54, 128);
    bytes[52] = 0;
    bytes[53] = 0x3c;
    bytes[0] = static_cast<std::uint8_t>((v * 256 + 242) / 243);
    const auto w = read_tq(source_of(bytes, "t"), GgufTensorType::TQ1_0, 1, 256);
    for (int n = 0, power = 81; n < 5; ++n, power /= 3) ASSERT_EQ(w.codes.weight(0, 32 * n), v / power % 3 - 1) << v;
  }
}

TEST(Tq, WhatIsWrittenIsReadBack) {
  Random random(5);
  for (const GgufTensorType type : {GgufTensorType::TQ1_0, GgufTensorType::TQ2_0})
    for (const auto& [rows, cols] : {std::pair{1, 256}, {7, 768}, {300, 2560}}) {
      const BitLinearWeights w = random_linear(random, rows, cols);
      const auto bytes = write_tq(w, type, "t");
      ASSERT_EQ(static_cast<std::int64_t>(bytes.size()), rows * cols / 256 * tq_block_bytes(type));
      const auto back = read_tq(source_of(bytes, "t"), type, rows, cols);
      expect_equal(back, w);
      EXPECT_EQ(back.scale, f16_to_f32(f32_to_f16(w.scale)));
      EXPECT_LE(std::fabs(back.scale - w.scale) / w.scale, 0x1p-11);
      EXPECT_DOUBLE_EQ(
          tq_scale_loss(w.scale),
          std::fabs(static_cast<double>(back.scale) - static_cast<double>(w.scale)) / static_cast<double>(w.scale));
    }
}

TEST(Tq, OneScaleATensor) {
  auto two = tq2_block();
  const auto second = tq2_block();
  two.insert(two.end(), second.begin(), second.end());
  two[0] = 0x56;
  two[66] = 0x54;
  EXPECT_EQ(read_tq(source_of(two, "t"), GgufTensorType::TQ2_0, 2, 256).scale, 0.5F);
  two[131] = 0x3c;  // d = 1
  const std::string message =
      message_of<InputError>([&] { read_tq(source_of(two, "f.gguf: tensor 'x'"), GgufTensorType::TQ2_0, 2, 256); });
  EXPECT_EQ(message.find("f.gguf: tensor 'x': its TQ2_0 blocks have different scales (0.5 in block 0, 1 in block 1)"),
            0U)
      << message;
  two[66] = 0x55;  // all weights of it 0: its scale does not matter
  EXPECT_EQ(read_tq(source_of(two, "t"), GgufTensorType::TQ2_0, 2, 256).scale, 0.5F);
  two[66] = 0x54;
  two[131] = 0x00;  // d = 0: its weights are zeros, whatever the codes
  const auto w = read_tq(source_of(two, "t"), GgufTensorType::TQ2_0, 2, 256);
  EXPECT_EQ(w.codes.weight(1, 0), 0);
  EXPECT_EQ(w.codes.weight(0, 0), 1);
}

TEST(Tq, RefusesWhatCannotBe) {
  auto bytes = tq2_block();
  const auto refusal = [&](std::int64_t rows, std::int64_t cols) {
    return message_of<InputError>([&] { read_tq(source_of(bytes, "t"), GgufTensorType::TQ2_0, rows, cols); });
  };
  EXPECT_NE(refusal(1, 512).find("66 bytes for 1 x 512 weights; 132 expected"), std::string::npos);
  EXPECT_NE(refusal(1, 250).find("no multiple of the TQ block of 256"), std::string::npos);
  bytes[9] = 0xD5;
  EXPECT_NE(refusal(1, 256).find("code 3, which is no ternary weight, in row 0"), std::string::npos);
  for (const int upper : {0x7c, 0x7e, 0xb8}) {  // infinite, NaN, -0.5
    bytes = tq2_block();
    bytes[65] = static_cast<std::uint8_t>(upper);
    EXPECT_NE(refusal(1, 256).find("the scale of block 0 is"), std::string::npos);
  }
  Random random(1);
  BitLinearWeights w = random_linear(random, 1, 300);
  EXPECT_NE(message_of<RequestError>([&] { write_tq(w, GgufTensorType::TQ1_0, "t"); }).find("write i2_s"),
            std::string::npos);
  w = random_linear(random, 1, 256);
  for (const float scale : {1e-9F, 1e6F}) {
    w.scale = scale;
    EXPECT_NE(message_of<RequestError>([&] { write_tq(w, GgufTensorType::TQ1_0, "t"); }).find("float16's range"),
              std::string::npos);
  }
}

// 8 rows of 2: byte (0, c) holds rows 0, 2, 4, 6 of column c from the lowest bits up, byte (1, c) rows 1, 3, 5, 7.
TEST(PackedRows, AsWrittenOut) {
  const std::vector<std::uint8_t> bytes = {0b10'01'01'00, 0x55, 0x55, 0b01'00'10'01};
  const auto w = read_packed_rows(source_of(bytes, "t"), 8, 2, 0.25F);
  EXPECT_EQ(w.scale, 0.25F);
  for (std::int64_t r = 0; r < 8; ++r)
    for (std::int64_t c = 0; c < 2; ++c) {
      const bool plus = (r == 6 && c == 0) || (r == 3 && c == 1);
      const bool minus = (r == 0 && c == 0) || (r == 5 && c == 1);
      EXPECT_EQ(w.codes.weight(r, c), plus - minus) << r << ", " << c;
    }
  EXPECT_THROW(read_packed_rows(source_of(bytes, "t"), 6, 2, 1.0F), InputError);
  EXPECT_THROW(read_packed_rows(source_of(bytes, "t"), 8, 3, 1.0F), InputError);
  EXPECT_NE(message_of<InputError>([&] {
              read_packed_rows(source_of(std::vector<std::uint8_t>{0x55, 0x55, 0x75, 0x55}, "t"), 8, 2, 1.0F);
            }).find("code 3, which is no ternary weight, in row 5"),
            std::string::npos);
}

std::vector<std::uint8_t> f32_bytes(const std::vector<float>& values) {
  std::vector<std::uint8_t> out(values.size() * 4);
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

TEST(FromDense, TernaryValuesAreTakenExactly) {
  const auto bytes = f32_bytes({0.3F, 0, -0.3F, -0.0F, 0.3F, 0.3F});
  for (const auto& scheme : {std::optional<WeightScheme>{}, std::optional{WeightScheme::Ternary}}) {
    const auto w = read_dense_ternary(source_of(bytes, "t"), ElementType::F32, 2, 3, scheme);
    EXPECT_EQ(w.scale, 0.3F);
    const int expected[2][3] = {{1, 0, -1}, {0, 1, 1}};
    for (int r = 0; r < 2; ++r)
      for (int k = 0; k < 3; ++k) EXPECT_EQ(w.codes.weight(r, k), expected[r][k]);
  }
}

// Mean magnitude (0.5 + 0.25 + 1 + 0.25 + 2 + 0.5) / 6 = 0.75. Beyond half of 0.75001 are 0.5, -1, 2 and 0.5.
TEST(FromDense, AbsmeanByHand) {
  const auto bytes = f32_bytes({0.5F, 0.25F, -1.0F, -0.25F, 2.0F, 0.5F});
  const auto w = read_dense_ternary(source_of(bytes, "t"), ElementType::F32, 1, 6, WeightScheme::Ternary);
  EXPECT_EQ(w.scale, 0.75F);
  const int expected[] = {1, 0, -1, 0, 1, 1};
  for (int k = 0; k < 6; ++k) EXPECT_EQ(w.codes.weight(0, k), expected[k]) << k;
}

// Mean (3 + 1 - 1 + 1) / 4 = 1, mean magnitude 1.5: what equals the mean becomes -1.
TEST(FromDense, BinaryByHand) {
  const auto bytes = f32_bytes({3.0F, 1.0F, -1.0F, 1.0F});
  const auto w = read_dense_ternary(source_of(bytes, "t"), ElementType::F32, 2, 2, WeightScheme::Binary);
  EXPECT_EQ(w.scale, 1.5F);
  EXPECT_EQ(w.codes.weight(0, 0), 1);
  EXPECT_EQ(w.codes.weight(0, 1), -1);
  EXPECT_EQ(w.codes.weight(1, 0), -1);
  EXPECT_EQ(w.codes.weight(1, 1), -1);
}

// Against the definition in double, weight by weight; 1003 columns leave a tail.
TEST(FromDense, AbsmeanOfRandomWeights) {
  Random random(8);
  std::vector<float> values;
  double sum = 0;
  for (int i = 0; i < 5 * 1003; ++i) {
    values.push_back(static_cast<float>(random.uniform() * 0.2 - 0.1));
    sum += std::fabs(static_cast<double>(values.back()));
  }
  const auto w =
      read_dense_ternary(source_of(f32_bytes(values), "t"), ElementType::F32, 5, 1003, WeightScheme::Ternary);
  EXPECT_NEAR(static_cast<double>(w.scale), sum / (5 * 1003), 1e-9);
  for (std::int64_t r = 0; r < 5; ++r)
    for (std::int64_t k = 0; k < 1003; ++k) {
      const double y = static_cast<double>(values[static_cast<std::size_t>(r * 1003 + k)]) / (sum / (5 * 1003) + 1e-5);
      if (std::fabs(std::fabs(y) - 0.5) < 1e-6) continue;  // float32 may round to the other side
      ASSERT_EQ(w.codes.weight(r, k), (y > 0.5) - (y < -0.5)) << r << ", " << k;
    }
}

TEST(FromDense, MasterWeightsAreRefusedUnlessAskedFor) {
  const auto bytes = f32_bytes({0.5F, 0.25F});
  const std::string message = message_of<InputError>(
      [&] { read_dense_ternary(source_of(bytes, "f: tensor 'x'"), ElementType::F32, 1, 2, {}); });
  EXPECT_EQ(message.find("f: tensor 'x' is F32 with values other than -s, 0 and +s (0.25 in row 0, s = 0.5)"), 0U)
      << message;
  EXPECT_NE(message.find("--ternarise"), std::string::npos);
  const auto nan = f32_bytes({0.5F, std::nanf("")});
  EXPECT_NE(message_of<InputError>([&] {
              read_dense_ternary(source_of(nan, "t"), ElementType::F32, 1, 2, WeightScheme::Ternary);
            }).find("t holds a NaN or infinity at row 0, column 1"),
            std::string::npos);
  EXPECT_THROW(read_dense_ternary(source_of(bytes, "t"), ElementType::F32, 1, 3, {}), InputError);
}

}  // namespace
}  // namespace ternsim::model
