#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/random.h"
#include "model/attention.h"
#include "model/float_ops_dispatch.h"
#include "model/half.h"
#include "model/numerics.h"

namespace ternsim::model {
namespace {

/// Bit patterns over all exponents with subnormals, both zeros and the largest numbers among them; finite.
std::vector<float> odd_floats(std::uint64_t seed, std::size_t n) {
  Random random(seed);
  constexpr float kOdd[] = {
      0.0F, -0.0F, 0x1p-149F, -0x1p-149F, 0x1.fffffcp-127F, 0x1.fffffep127F, -0x1.fffffep127F, 1.0F, -1.0F,
      0.5F, 1.5F,  2.5F,      -0.5F,      0x1p-126F};
  std::vector<float> v(n);
  for (float& x : v) {
    const std::uint64_t kind = random.below(8);
    if (kind == 0) {
      x = kOdd[random.below(std::size(kOdd))];
    } else if (kind == 1) {
      x = std::bit_cast<float>(static_cast<std::uint32_t>(random.below(1ULL << 32)));
      if (!std::isfinite(x)) x = 3.0F;
    } else {
      x = static_cast<float>((random.uniform() - 0.5) * std::ldexp(1.0, static_cast<int>(random.below(12))));
    }
  }
  return v;
}

/// Numbers whose squares and sums stay finite.
std::vector<float> moderate_floats(std::uint64_t seed, std::size_t n) {
  std::vector<float> v = odd_floats(seed, n);
  for (float& x : v) {
    if (std::fabs(x) > 1e15F) x = 0.75F;
  }
  return v;
}

/// Equal bits; NaN of any kind equals NaN.
template <typename T>
void expect_same(const std::vector<T>& plain, const std::vector<T>& other, std::string_view what) {
  ASSERT_EQ(plain.size(), other.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] != plain[i] && other[i] != other[i]) continue;
    ASSERT_EQ(std::memcmp(&plain[i], &other[i], sizeof(T)), 0)
        << what << " at " << i << " of " << plain.size() << ": " << +plain[i] << " is not " << +other[i];
  }
}

class Bodies : public testing::TestWithParam<kernels::Isa> {
 protected:
  const FloatBodies& plain = kFloatScalar;
  const FloatBodies& bodies = float_bodies(GetParam());
};

constexpr std::size_t kSizes[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 100, 127, 128, 129, 640, 2560};

TEST_P(Bodies, TreeSums) {
  for (const std::size_t n : kSizes) {
    const std::vector<float> a = odd_floats(n, n);
    const std::vector<float> b = odd_floats(n + 1, n);
    expect_same<float>({plain.tree_sum(a.data(), n), plain.tree_dot(a.data(), b.data(), n)},
                       {bodies.tree_sum(a.data(), n), bodies.tree_dot(a.data(), b.data(), n)}, "tree");
    EXPECT_EQ(plain.largest_magnitude(a.data(), n), bodies.largest_magnitude(a.data(), n));
  }
}

TEST_P(Bodies, FiniteSeesEveryPlace) {
  for (std::size_t i = 0; i < 150; ++i) {
    std::vector<float> v(150, std::numeric_limits<float>::max());
    ASSERT_TRUE(bodies.all_finite(v.data(), v.size()));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
      v[i] = bad;
      ASSERT_FALSE(bodies.all_finite(v.data(), v.size())) << i;
    }
  }
}

TEST_P(Bodies, Elementwise) {
  for (const std::size_t n : kSizes) {
    std::vector<float> x = odd_floats(n, n);
    const std::vector<float> g = odd_floats(n + 1, n);
    if (n > 3) x[2] = std::numeric_limits<float>::quiet_NaN();
    std::vector<std::int32_t> sums(n);
    Random random(n);
    for (std::int32_t& s : sums) s = static_cast<std::int32_t>(random.below(1U << 25)) - (1 << 24);
    const auto both = [&](std::string_view what, auto call) {
      std::vector<float> p(n, -7.0F);
      std::vector<float> q(n, -7.0F);
      call(plain, p.data());
      call(bodies, q.data());
      expect_same(p, q, what);
    };
    both("scale_by_gain", [&](const FloatBodies& f, float* y) { f.scale_by_gain(x.data(), 0.37F, g.data(), y, n); });
    both("dequantise", [&](const FloatBodies& f, float* y) { f.dequantise(sums.data(), 1.7F, 0.013F, y, n); });
    both("squared_relu", [&](const FloatBodies& f, float* y) { f.squared_relu_gate(x.data(), g.data(), y, n); });
    both("swiglu", [&](const FloatBodies& f, float* y) { f.swiglu_gate(x.data(), g.data(), y, n); });
    both("add", [&](const FloatBodies& f, float* y) { f.add(x.data(), y, n); });
    both("exp", [&](const FloatBodies& f, float* y) { f.exp(x.data(), y, n); });
  }
}

TEST_P(Bodies, Quantise) {
  for (const std::size_t n : kSizes) {
    std::vector<float> x = odd_floats(n, n);
    for (float& v : x) v = std::fmod(v, 127.0F);
    std::vector<std::int8_t> p(n);
    std::vector<std::int8_t> q(n);
    for (const float s : {1.0F, 0.37F, 1.1F}) {  // the last one goes beyond 127
      plain.quantise(x.data(), s, p.data(), n);
      bodies.quantise(x.data(), s, q.data(), n);
      expect_same(p, q, "quantise");
      for (std::size_t i = 0; i < n; ++i) {
        volatile float product = x[i] * s;
        ASSERT_EQ(q[i], static_cast<int>(std::fmin(std::fmax(std::nearbyint(product), -128.0F), 127.0F)));
      }
    }
  }
}

TEST_P(Bodies, ExpIsTheOneOfNumerics) {
  // About a million of the 2^32 patterns, evenly spread, and the surroundings of every limit.
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < (1ULL << 32); bits += 4099) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  for (const float around : {0x1.62e42ep6F, -105.0F, -103.972F, -87.3365F, 0.0F, 0.6931472F, -0.34657359F}) {
    float up = around;
    float down = around;
    for (int i = 0; i < 50; ++i) {
      x.push_back(up = std::nextafter(up, 1e30F));
      x.push_back(down = std::nextafter(down, -1e30F));
    }
  }
  Random random(1);
  for (int i = 0; i < 200000; ++i) x.push_back(static_cast<float>(random.uniform() * 210.0 - 110.0));
  std::vector<float> expected(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) expected[i] = exp_f32(x[i]);
  std::vector<float> y(x.size());
  bodies.exp(x.data(), y.data(), x.size());
  expect_same(expected, y, "exp");
}

TEST_P(Bodies, WidenEveryHalf) {
  std::vector<std::uint16_t> halves(65536 + 5);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> y(halves.size());
  std::vector<float> expected(halves.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(halves.data());
  bodies.widen_f16(bytes, y.data(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i) expected[i] = f16_to_f32(halves[i]);
  expect_same(expected, y, "f16");
  bodies.widen_bf16(bytes, y.data(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i) expected[i] = bf16_to_f32(halves[i]);
  expect_same(expected, y, "bf16");
}

TEST_P(Bodies, Attention) {
  for (const std::size_t d : {4U, 16U, 24U, 64U, 80U, 128U, 136U}) {
    for (const std::int64_t positions : {1, 2, 3, 4, 5, 16, 63, 300}) {
      const auto stride = static_cast<std::int64_t>(2 * d + 3);
      const std::vector<float> query = moderate_floats(d, d);
      const std::vector<float> cache = moderate_floats(d + 1, static_cast<std::size_t>(positions * stride));
      const auto run = [&](const FloatBodies& f) {
        std::vector<float> e(static_cast<std::size_t>(positions));
        f.scores(query.data(), cache.data(), stride, positions, d, 0.31F, e.data());
        std::vector<float> all = e;
        for (float& x : e) x = std::fmod(x, 20.0F);
        const float z = f.softmax_terms(e.data(), e.size());
        all.insert(all.end(), e.begin(), e.end());
        all.push_back(z);
        std::vector<float> out(d);
        f.mix(e.data(), z, cache.data() + 1, stride, positions, d, out.data());
        all.insert(all.end(), out.begin(), out.end());
        return all;
      };
      expect_same(run(plain), run(bodies), "attention");
    }
  }
}

TEST_P(Bodies, MixIsTheStatedSum) {
  const std::vector<float> e = {0.5F, 0.25F, 1.0F};
  const std::vector<float> values = moderate_floats(3, 3 * 37);
  std::vector<float> out(37);
  bodies.mix(e.data(), 1.75F, values.data(), 37, 3, 37, out.data());
  for (std::size_t c = 0; c < 37; ++c) {
    volatile float sum = 0.0F;
    for (std::size_t t = 0; t < 3; ++t) {
      volatile float p = e[t] / 1.75F;
      volatile float term = p * values[t * 37 + c];
      sum = sum + term;
    }
    ASSERT_EQ(out[c], sum) << c;
  }
}

TEST_P(Bodies, RowsAreTreeDots) {
  for (const std::size_t cols : {1U, 15U, 16U, 40U, 2560U}) {
    const std::int64_t rows = 7;
    const std::vector<float> x = moderate_floats(cols, cols);
    const std::vector<float> w = moderate_floats(cols + 9, static_cast<std::size_t>(rows) * cols);
    std::vector<std::uint16_t> f16;
    std::vector<std::uint16_t> bf16;
    for (const float v : w) {
      f16.push_back(std::fabs(v) < 6e4F ? f32_to_f16(v) : f32_to_f16(0.1F));
      bf16.push_back(f32_to_bf16(v));
    }
    const auto check = [&](auto body, const auto& elements, auto widen) {
      const auto bytes = static_cast<std::int64_t>(cols * sizeof(elements[0]));
      std::vector<float> y(static_cast<std::size_t>(rows));
      body({reinterpret_cast<const std::uint8_t*>(elements.data()), bytes, rows, x.data(), cols, y.data()});
      for (std::size_t r = 0; r < y.size(); ++r) {
        std::vector<float> row(cols);
        for (std::size_t k = 0; k < cols; ++k) row[k] = widen(elements[r * cols + k]);
        ASSERT_EQ(y[r], plain.tree_dot(row.data(), x.data(), cols)) << r << " of " << cols;
      }
    };
    check(bodies.rows_f32, w, [](float v) { return v; });
    check(bodies.rows_f16, f16, f16_to_f32);
    check(bodies.rows_bf16, bf16, bf16_to_f32);
  }
}

TEST(AttendHeads, EachHeadGetsWhatItGetsAlone) {
  const std::int64_t stride = 300;
  for (const std::size_t heads : {2U, 4U, 70U}) {
    for (const std::size_t d : {24U, 128U}) {
      for (const std::int64_t positions : {1, 31, 32, 33, 100}) {
        std::vector<float> queries = moderate_floats(heads, heads * d);
        std::vector<float> cache = moderate_floats(d, static_cast<std::size_t>(positions * stride));
        for (std::vector<float>* v : {&queries, &cache}) {
          for (float& x : *v) x = std::fmod(x, 2.0F);
        }
        const auto n = static_cast<std::size_t>(positions);
        std::vector<float> scores(heads * n);
        std::vector<float> together(heads * d, 9.0F);
        const float* values = cache.data() + 150;
        ASSERT_TRUE(attend_heads(queries, heads, cache.data(), values, stride, positions, scores, together));
        std::vector<float> alone(heads * d);
        for (std::size_t h = 0; h < heads; ++h) {
          ASSERT_TRUE(attend(std::span(queries).subspan(h * d, d), cache.data(), values, stride, positions, scores,
                             std::span(alone).subspan(h * d, d)));
        }
        expect_same(alone, together, "heads");
        queries[(heads - 1) * d] = std::numeric_limits<float>::infinity();
        cache[0] = 1.0F;
        EXPECT_FALSE(attend_heads(queries, heads, cache.data(), values, stride, positions, scores, together));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EverySet, Bodies, testing::ValuesIn(kernels::available_isas()), [](const auto& of_set) {
  std::string name(kernels::name_of(of_set.param));
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace ternsim::model
