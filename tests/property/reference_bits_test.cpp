// The whole forward pass against a second one, bit by bit: plain scalar float32, written from
// docs/reference/numerics.md and sharing nothing with model/ but the model's data. Square roots, exponentials, sines
// and powers are the C library's in long double, rounded once: where the reference's own are correctly rounded, and
// they are but for a few cases in 2^27, both give the same float32.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "the oracle needs more bits than double has");

using Row = std::vector<float>;

/// Sixteen running sums, element j in sum j mod 16, then added in pairs 8, 4, 2, 1 apart.
float sum_of(const Row& terms) {
  Row running(16, 0.0F);
  for (std::size_t j = 0; j < terms.size(); ++j) running[j % 16] = running[j % 16] + terms[j];
  for (std::size_t apart : {8U, 4U, 2U, 1U})
    for (std::size_t j = 0; j < apart; ++j) running[j] = running[j] + running[j + apart];
  return running[0];
}

float inner(const Row& a, const Row& b) {
  Row products(a.size());
  for (std::size_t j = 0; j < a.size(); ++j) products[j] = a[j] * b[j];
  return sum_of(products);
}

float root(float x) { return static_cast<float>(std::sqrt(static_cast<long double>(x))); }
float power_of_e(float x) { return static_cast<float>(std::exp(static_cast<long double>(x))); }

Row normalised(const Row& x, const Row& gain, float epsilon) {
  const float mean = inner(x, x) / static_cast<float>(x.size());
  const float shrink = 1.0F / root(mean + epsilon);
  Row out(x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    const float unit = x[j] * shrink;
    out[j] = unit * gain[j];
  }
  return out;
}

/// Nearest integer, ties to even, within int8: from the fraction, exact in double.
int to_int8(float value) {
  const double below = std::floor(static_cast<double>(value));
  const double fraction = static_cast<double>(value) - below;
  const bool up = fraction > 0.5 || (fraction == 0.5 && std::fmod(below, 2.0) != 0.0);
  return static_cast<int>(std::clamp(below + (up ? 1.0 : 0.0), -128.0, 127.0));
}

Row bit_linear(const Row& x, const BitLinearWeights& linear) {
  float largest = 1e-5F;
  for (const float value : x) largest = std::max(largest, std::fabs(value));
  const float s = 127.0F / largest;
  std::vector<int> q;
  for (const float value : x) q.push_back(to_int8(value * s));
  Row out;
  for (std::int64_t r = 0; r < linear.codes.rows(); ++r) {
    std::int64_t acc = 0;
    for (std::size_t k = 0; k < q.size(); ++k)
      acc += std::int64_t{linear.codes.weight(r, static_cast<std::int64_t>(k))} * q[k];
    const float real = static_cast<float>(acc) / s;
    out.push_back(real * linear.scale);
  }
  return out;
}

/// Halves of each head; the angle is a double product, sine and cosine are rounded to float32 once.
void turn(Row& x, std::int64_t head_dim, double theta, std::size_t position) {
  const auto half = static_cast<std::size_t>(head_dim) / 2;
  for (std::size_t head = 0; head < x.size(); head += 2 * half) {
    for (std::size_t i = 0; i < half; ++i) {
      const long double exponent = -2.0L * static_cast<long double>(i) / static_cast<long double>(head_dim);
      const auto frequency = static_cast<double>(std::pow(static_cast<long double>(theta), exponent));
      const double angle = static_cast<double>(position) * frequency;
      const auto c = static_cast<float>(std::cos(static_cast<long double>(angle)));
      const auto s = static_cast<float>(std::sin(static_cast<long double>(angle)));
      const float a = x[head + i];
      const float b = x[head + half + i];
      const float ac = a * c, bs = b * s, bc = b * c, as = a * s;
      x[head + i] = ac - bs;
      x[head + half + i] = bc + as;
    }
  }
}

Row slice(const Row& x, std::size_t from, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(from), x.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

/// One query head over all positions so far.
Row head_mix(const Row& query, const std::vector<Row>& keys, const std::vector<Row>& values, std::size_t from) {
  const std::size_t d = query.size();
  const float shrink = 1.0F / root(static_cast<float>(d));
  Row weights;
  for (const Row& key : keys) weights.push_back(inner(query, slice(key, from, d)) * shrink);
  const float largest = *std::ranges::max_element(weights);
  for (float& w : weights) w = power_of_e(w - largest);
  const float total = sum_of(weights);
  Row out(d, 0.0F);
  for (std::size_t t = 0; t < weights.size(); ++t) {
    const float p = weights[t] / total;
    for (std::size_t c = 0; c < d; ++c) {
      const float part = p * values[t][from + c];
      out[c] = out[c] + part;
    }
  }
  return out;
}

float gated(FfnActivation activation, float g, float u) {
  if (activation == FfnActivation::SquaredRelu) {
    const float r = g > 0.0F ? g : 0.0F;
    const float square = r * r;
    return square * u;
  }
  const float below = 1.0F + power_of_e(-g);
  const float gate = g / below;
  return gate * u;
}

/// An IEEE half from its definition: sign, 5 bits of exponent, 10 of fraction; exact in float32.
float widened(const DenseMatrix& m, std::int64_t r, std::int64_t k) {
  const auto at = static_cast<std::size_t>(2 * (r * m.cols + k));
  const int bits = m.bytes[at] | (m.bytes[at + 1] << 8);
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                   : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

Row embedding_row(const DenseMatrix& m, std::int64_t r) {
  Row out;
  for (std::int64_t k = 0; k < m.cols; ++k) out.push_back(widened(m, r, k));
  return out;
}

void add_to(Row& x, const Row& delta) {
  for (std::size_t j = 0; j < x.size(); ++j) x[j] = x[j] + delta[j];
}

/// Logits of every position, row after row.
Row all_logits(const Model& model, const std::vector<std::int32_t>& tokens) {
  const ModelShape& s = model.shape;
  const auto d = static_cast<std::size_t>(s.head_dim);
  std::vector<std::vector<Row>> keys(model.blocks.size());
  std::vector<std::vector<Row>> values(model.blocks.size());
  std::vector<Row> head;
  for (std::int64_t r = 0; r < s.vocab_size; ++r) head.push_back(embedding_row(model.embedding, r));
  Row logits;
  for (std::size_t position = 0; position < tokens.size(); ++position) {
    Row x = head[static_cast<std::size_t>(tokens[position])];
    for (std::size_t layer = 0; layer < model.blocks.size(); ++layer) {
      const BlockWeights& block = model.blocks[layer];
      const Row a = normalised(x, block.attn_norm, s.norm_epsilon);
      Row q = bit_linear(a, block.attn_q);
      Row k = bit_linear(a, block.attn_k);
      turn(q, s.head_dim, s.rope_theta, position);
      turn(k, s.head_dim, s.rope_theta, position);
      keys[layer].push_back(k);
      values[layer].push_back(bit_linear(a, block.attn_v));
      Row mixed;
      const std::int64_t shared_by = s.head_count / s.head_count_kv;
      for (std::int64_t h = 0; h < s.head_count; ++h) {
        const Row one = head_mix(slice(q, static_cast<std::size_t>(h) * d, d), keys[layer], values[layer],
                                 static_cast<std::size_t>(h / shared_by) * d);
        mixed.insert(mixed.end(), one.begin(), one.end());
      }
      add_to(x, bit_linear(normalised(mixed, block.attn_sub_norm, s.norm_epsilon), block.attn_output));
      const Row f = normalised(x, block.ffn_norm, s.norm_epsilon);
      const Row gate = bit_linear(f, block.ffn_gate);
      const Row up = bit_linear(f, block.ffn_up);
      Row hidden;
      for (std::size_t j = 0; j < gate.size(); ++j) hidden.push_back(gated(s.ffn_activation, gate[j], up[j]));
      add_to(x, bit_linear(normalised(hidden, block.ffn_sub_norm, s.norm_epsilon), block.ffn_down));
    }
    const Row last = normalised(x, model.output_norm, s.norm_epsilon);
    for (const Row& row : head) logits.push_back(inner(last, row));
  }
  return logits;
}

struct Case {
  const char* name;
  FfnActivation activation;
  std::int64_t ffn;
  std::int64_t kv_heads;  ///< of 4 query heads
};

/// Keeps the test's name free of the bytes of a pointer.
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class ReferenceBits : public ::testing::TestWithParam<Case> {};

TEST_P(ReferenceBits, EveryLogitOfTheDefinition) {
  ModelShape shape = test::tiny_shape();
  shape.ffn_activation = GetParam().activation;
  shape.feed_forward_length = GetParam().ffn;
  shape.head_count_kv = GetParam().kv_heads;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Model model = test::make_random_model(shape, seed);
    const std::vector<std::int32_t> tokens = test::random_tokens(seed + 200, 24);
    CpuEngine engine;
    Inference inference(model, engine);
    const auto got = inference.forward_all(tokens);
    const Row defined = all_logits(model, tokens);
    ASSERT_EQ(got.size(), defined.size());
    ASSERT_EQ(got.size(), 24U * 300U);
    std::size_t different = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
      different += std::bit_cast<std::uint32_t>(got[i]) != std::bit_cast<std::uint32_t>(defined[i]) ? 1U : 0U;
    EXPECT_EQ(different, 0U) << "of " << got.size() << " logits, seed " << seed;
    EXPECT_NE(*std::ranges::max_element(got), *std::ranges::min_element(got));
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, ReferenceBits,
                         ::testing::Values(Case{"SquaredRelu", FfnActivation::SquaredRelu, 256, 2},
                                           Case{"SquaredReluOddWidthOneKeyHead", FfnActivation::SquaredRelu, 300, 1},
                                           Case{"SwiGluOneKeyHead", FfnActivation::SwiGlu, 256, 1},
                                           Case{"SwiGluOddWidth", FfnActivation::SwiGlu, 300, 2}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace ternsim::model
