#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/dense.h"
#include "model/float_ops.h"
#include "model/float_ops_dispatch.h"
#include "model/half.h"
#include "model/quantised_head.h"

namespace ternsim::model {
namespace {

constexpr ElementType kTypes[] = {ElementType::Q8_0, ElementType::Q6_K, ElementType::Q4_0};

/// Random bytes, which every quantised type takes, with finite half-width scales.
DenseMatrix random_matrix(ElementType type, std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Random random(seed);
  DenseMatrix m{type, rows, cols, {}};
  m.bytes.resize(static_cast<std::size_t>(rows * row_bytes(type, cols)));
  for (std::uint8_t& b : m.bytes) b = static_cast<std::uint8_t>(random.below(256));
  const std::int64_t elements = block_elements(type);
  const std::int64_t block = row_bytes(type, elements);
  for (std::int64_t b = 0; b < rows * cols / elements; ++b) {
    const std::uint16_t d = f32_to_f16(static_cast<float>((random.uniform() - 0.5) * 0.01));
    std::memcpy(m.bytes.data() + b * block + (type == ElementType::Q6_K ? 208 : 0), &d, 2);
  }
  return m;
}

std::vector<float> random_inputs(std::uint64_t seed, std::size_t n) {
  Random random(seed);
  std::vector<float> x(n);
  for (float& v : x)
    v = static_cast<float>((random.uniform() - 0.5) * std::ldexp(1.0, static_cast<int>(random.below(9))));
  return x;
}

/// Element k of a row as its file has it: the integer, its group's int8 scale (1 where there is none) and d.
struct Element {
  int q;
  int c;
  float d;
};
Element element_of(ElementType type, const std::uint8_t* row, std::int64_t k) {
  const auto half = [](const std::uint8_t* p) { return f16_to_f32(static_cast<std::uint16_t>(p[0] | p[1] << 8)); };
  if (type == ElementType::Q8_0) {
    const std::uint8_t* b = row + k / 32 * 34;
    return {static_cast<std::int8_t>(b[2 + k % 32]), 1, half(b)};
  }
  if (type == ElementType::Q4_0) {
    const std::uint8_t* b = row + k / 32 * 18;
    const int byte = b[2 + k % 32 % 16];
    return {(k % 32 < 16 ? byte & 15 : byte >> 4) - 8, 1, half(b)};
  }
  // Q6_K of ggml: two halves of 128; in each, element 32 j + l has its low bits in ql[l + 32 (j & 1)] (low nibbles for
  // j < 2) and its upper ones in qh[l] at 2 j.
  const std::uint8_t* b = row + k / 256 * 210;
  const std::int64_t i = k % 256;
  const std::int64_t l = i % 32;
  const std::int64_t j = i % 128 / 32;
  const std::uint8_t* ql = b + 64 * (i / 128);
  const std::uint8_t* qh = b + 128 + 32 * (i / 128);
  const int low = j < 2 ? ql[l + 32 * j] & 15 : ql[l + 32 * (j - 2)] >> 4;
  return {(low | ((qh[l] >> (2 * j)) & 3) << 4) - 32, static_cast<std::int8_t>(b[192 + i / 16]), half(b + 208)};
}

/// The definition in quantised_head.h, one operation at a time.
float product_by_definition(const DenseMatrix& m, std::int64_t r, std::span<const float> x) {
  const std::uint8_t* row = m.bytes.data() + r * row_bytes(m.type, m.cols);
  const std::int64_t group = m.type == ElementType::Q6_K ? 16 : 32;
  std::vector<float> values;
  for (std::int64_t begin = 0; begin < m.cols; begin += 256) {
    const std::int64_t n = std::min<std::int64_t>(256, m.cols - begin);
    float largest = 1e-5F;
    for (std::int64_t k = 0; k < n; ++k) largest = std::fmax(largest, std::fabs(x[begin + k]));
    volatile float s = 127.0F / largest;
    volatile float t = 1.0F / s;
    for (std::int64_t g = 0; g < n; g += group) {
      std::int64_t sum = 0;
      Element e{};
      for (std::int64_t i = 0; i < group; ++i) {
        e = element_of(m.type, row, begin + g + i);
        volatile float scaled = x[begin + g + i] * s;
        sum += e.q * static_cast<std::int64_t>(std::nearbyint(scaled));
      }
      volatile float factor = e.d * t;
      const float value = static_cast<float>(e.c * sum) * factor;
      values.push_back(value);
    }
  }
  return tree_sum(values);
}

TEST(QuantisedHead, WidensExactly) {
  for (const ElementType type : kTypes) {
    DenseMatrix m = random_matrix(type, 5, 768, 11);
    for (const bool prepared : {false, true}) {
      const DenseMatrix file = random_matrix(type, 5, 768, 11);
      if (prepared) prepare_head(m);
      for (std::int64_t r = 0; r < m.rows; ++r) {
        std::vector<float> row(768);
        widen_row(m, r, row);
        for (std::int64_t k = 0; k < m.cols; ++k) {
          const Element e = element_of(type, file.bytes.data() + r * row_bytes(type, 768), k);
          ASSERT_EQ(static_cast<double>(row[k]), static_cast<double>(e.d) * e.c * e.q) << name_of(type) << " " << k;
        }
      }
    }
  }
}

TEST(QuantisedHead, LaneOrderIsAPermutation) {
  for (const ElementType type : kTypes) {
    for (const std::int64_t cols : {256, 768, 2560}) {
      const DenseMatrix m = random_matrix(type, 1, cols, 5);
      std::vector<std::uint8_t> lanes(m.bytes.size());
      std::vector<std::uint8_t> back(m.bytes.size());
      to_lane_order(type, cols, m.bytes.data(), lanes.data());
      from_lane_order(type, cols, lanes.data(), back.data());
      EXPECT_TRUE(std::equal(back.begin(), back.end(), m.bytes.begin())) << name_of(type) << " " << cols;
      EXPECT_FALSE(std::equal(lanes.begin(), lanes.end(), m.bytes.begin())) << name_of(type) << " " << cols;
    }
  }
}

TEST(QuantisedHead, ProductIsTheDefinition) {
  for (const ElementType type : kTypes) {
    for (const std::int64_t cols : {32, 96, 256, 288, 512, 1536, 2560, 3200, 4352}) {
      if (cols % block_elements(type) != 0) continue;
      const std::int64_t rows = 130;  // more than two panels
      DenseMatrix m = random_matrix(type, rows, cols, static_cast<std::uint64_t>(cols));
      const std::vector<float> x = random_inputs(7, static_cast<std::size_t>(3 * cols));
      std::vector<float> expected(static_cast<std::size_t>(3 * rows));
      for (std::int64_t t = 0; t < 3; ++t) {
        for (std::int64_t r = 0; r < rows; ++r) {
          expected[t * rows + r] = product_by_definition(m, r, std::span(x).subspan(t * cols, cols));
        }
      }
      kernels::ThreadPool pool(3);
      for (const bool prepared : {false, true}) {
        if (prepared) prepare_head(m, &pool);
        ASSERT_EQ(m.lane_order, prepared);
        for (kernels::ThreadPool* p : {static_cast<kernels::ThreadPool*>(nullptr), &pool}) {
          std::vector<float> y(expected.size());
          dense_product(m, x, 3, y, p);
          ASSERT_EQ(y, expected) << name_of(type) << " " << cols;
          std::vector<float> one(static_cast<std::size_t>(rows));
          dense_product(m, std::span(x).first(cols), 1, one, p);
          ASSERT_TRUE(std::equal(one.begin(), one.end(), expected.begin()));
        }
      }
    }
  }
}

TEST(QuantisedHead, EveryBodyGivesTheSameBits) {
  for (const kernels::Isa isa : kernels::available_isas()) {
    const FloatBodies& bodies = float_bodies(isa);
    for (const ElementType type : kTypes) {
      const auto body = [type](const FloatBodies& b) {
        return type == ElementType::Q8_0 ? b.head_q8_0 : (type == ElementType::Q6_K ? b.head_q6_k : b.head_q4_0);
      };
      for (const std::int64_t cols : {256, 800, 4096, 5120}) {
        if (cols % block_elements(type) != 0) continue;
        DenseMatrix m = random_matrix(type, 9, cols, 3);
        prepare_head(m);
        const std::int64_t group = type == ElementType::Q6_K ? 16 : 32;
        const std::int64_t groups = cols / group;
        const std::int64_t padded = (groups + 15) / 16 * 16;
        Random random(4);
        // Whole groups at the extremes, +-127: absmax scaling gives no -128.
        std::vector<std::int8_t> a(static_cast<std::size_t>(padded * group), 0);
        for (std::size_t i = 0; i < a.size(); ++i)
          a[i] = static_cast<std::int8_t>(static_cast<int>(random.below(255)) - 127);
        std::vector<std::int32_t> corrections(static_cast<std::size_t>(padded), 0);
        const int offset = type == ElementType::Q6_K ? 32 : (type == ElementType::Q8_0 ? 128 : 8);
        for (std::int64_t g = 0; g < padded; ++g) {
          for (std::int64_t l = 0; l < group / 4; ++l) {
            for (std::int64_t i = 0; i < 4; ++i) {
              std::int8_t& at = a[static_cast<std::size_t>((g / 16 * (group / 4) * 16 + l * 16 + g % 16) * 4 + i)];
              if (g % 5 == 0) at = g % 2 == 0 ? 127 : -127;
              if (g >= groups) at = 0;
              corrections[g] -= offset * at;
            }
          }
        }
        std::vector<float> inverse(static_cast<std::size_t>(padded), 0.0371F);
        std::vector<float> plain(9);
        std::vector<float> y(9);
        HeadArguments arguments{m.bytes.data(),     row_bytes(type, cols), 9,           groups, a.data(),
                                corrections.data(), inverse.data(),        plain.data()};
        body(kFloatScalar)(arguments);
        arguments.y = y.data();
        body(bodies)(arguments);
        EXPECT_EQ(std::memcmp(y.data(), plain.data(), 9 * sizeof(float)), 0)
            << name_of(type) << " " << kernels::name_of(isa) << " " << cols;
      }
    }
  }
}

TEST(QuantisedHead, ApproximatesTheFloatProduct) {
  // What the format means, against what the integers give: the activation's rounding is the only difference.
  for (const ElementType type : kTypes) {
    DenseMatrix m = random_matrix(type, 40, 2560, 21);
    const std::vector<float> x = random_inputs(9, 2560);
    std::vector<float> y(40);
    dense_product(m, x, 1, y);
    for (std::int64_t r = 0; r < m.rows; ++r) {
      std::vector<float> row(2560);
      widen_row(m, r, row);
      double exact = 0;
      double bound = 0;
      for (std::size_t begin = 0; begin < row.size(); begin += 256) {
        float largest = 0;
        for (std::size_t k = begin; k < begin + 256; ++k) largest = std::fmax(largest, std::fabs(x[k]));
        for (std::size_t k = begin; k < begin + 256; ++k) {
          exact += static_cast<double>(row[k]) * x[k];
          bound += std::fabs(row[k]) * largest / 127.0 * 0.51;
        }
      }
      EXPECT_NEAR(y[r], exact, bound) << name_of(type);
      EXPECT_LT(bound, 0.2 * 2560 * 64 * 0.01 * 128);  // the bound itself says something
    }
  }
}

TEST(QuantisedHead, InfiniteInputsAreNotSilent) {
  DenseMatrix m = random_matrix(ElementType::Q6_K, 4, 256, 1);
  std::vector<float> x(512, 1.0F);
  x[300] = std::numeric_limits<float>::infinity();
  std::vector<float> y(8);
  dense_product(m, x, 2, y);
  EXPECT_TRUE(all_finite(std::span(y).first(4)));
  for (std::size_t i = 4; i < 8; ++i) EXPECT_TRUE(std::isnan(y[i]));
}

TEST(QuantisedHead, ScalesThatAreNoNumbersAreRefusedByRow) {
  for (const ElementType type : kTypes) {
    for (const int special : {0x7c00, 0xfc00, 0x7e00}) {
      const auto bad = static_cast<std::uint16_t>(special);
      DenseMatrix m = random_matrix(type, 6, 768, 2);
      EXPECT_NO_THROW(check_dense(m, "output", 6, 768));
      const std::int64_t block = row_bytes(type, block_elements(type));
      const std::int64_t blocks_a_row = 768 / block_elements(type);
      const std::int64_t at = (4 * blocks_a_row + blocks_a_row - 1) * block + (type == ElementType::Q6_K ? 208 : 0);
      std::memcpy(m.bytes.data() + at, &bad, 2);
      for (const bool prepared : {false, true}) {
        if (prepared) prepare_head(m);
        try {
          check_dense(m, "output", 6, 768);
          FAIL() << name_of(type);
        } catch (const InputError& e) {
          EXPECT_STREQ(e.what(), "output: row 4 has a scale that is NaN or Inf");
        }
      }
    }
  }
}

TEST(QuantisedHead, FloatRowsShareTheirPanels) {
  const std::int64_t rows = 200;
  const std::int64_t cols = 100;
  DenseMatrix m{ElementType::F16, rows, cols, {}};
  const std::vector<float> w = random_inputs(1, static_cast<std::size_t>(rows * cols));
  m.bytes.resize(static_cast<std::size_t>(2 * rows * cols));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::uint16_t h = f32_to_f16(w[i]);
    std::memcpy(m.bytes.data() + 2 * i, &h, 2);
  }
  prepare_head(m);
  EXPECT_FALSE(m.lane_order) << "floats have no lane order";
  const std::vector<float> x = random_inputs(2, static_cast<std::size_t>(5 * cols));
  std::vector<float> y(static_cast<std::size_t>(5 * rows));
  kernels::ThreadPool pool(2);
  dense_product(m, x, 5, y, &pool);
  std::vector<float> row(static_cast<std::size_t>(cols));
  for (std::int64_t r = 0; r < rows; ++r) {
    widen_row(m, r, row);
    for (std::int64_t t = 0; t < 5; ++t)
      ASSERT_EQ(y[t * rows + r], tree_dot(row, std::span(x).subspan(t * cols, cols)));
  }
}

}  // namespace
}  // namespace ternsim::model
