// The whole forward pass a second time: plain scalar float32, written from docs/reference/numerics.md and sharing
// nothing with model/ but the model's data. Square roots, exponentials, sines and powers are the C library's in long
// double, rounded once: where the reference's own are correctly rounded, and they are but for a few cases in 2^27, both
// give the same float32.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "model/compatibility.h"
#include "model/kv_cache.h"
#include "model/weights.h"

namespace ternsim::test {

using model::ActivationScheme;
using model::BitLinearWeights;
using model::BlockWeights;
using model::DenseMatrix;
using model::ExpertWeights;
using model::FfnActivation;
using model::KvPrecision;
using model::Model;
using model::ModelShape;
using model::NormKind;
using model::RopePairing;
using model::RoundingPoints;

static_assert(std::numeric_limits<long double>::digits >= 64, "the oracle needs more bits than double has");

using Row = std::vector<float>;

/// What is computed: a model's shape and where values are rounded.
struct Definition : ModelShape {
  RoundingPoints points;
  KvPrecision kv = KvPrecision::F32;
};

/// The nearest number of `digits` binary digits, ties to even, on a grid no finer than 2^lowest.
inline float rounded_to(float x, int digits, int lowest) {
  if (x == 0.0F) return x;
  int exponent = 0;
  std::frexp(x, &exponent);
  const int grid = std::max(exponent - digits, lowest);
  return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(x), -grid)), grid));
}
inline float bfloat16(float x) { return rounded_to(x, 8, -133); }
inline float half_precision(float x) { return rounded_to(x, 11, -24); }
/// A value that is handed from one operator to the next.
inline float handed(const Definition& s, float x) { return s.points.bfloat16_stream ? bfloat16(x) : x; }

/// Sixteen running sums, element j in sum j mod 16, then added in pairs 8, 4, 2, 1 apart.
inline float sum_of(const Row& terms) {
  Row running(16, 0.0F);
  for (std::size_t j = 0; j < terms.size(); ++j) running[j % 16] = running[j % 16] + terms[j];
  for (std::size_t apart : {8U, 4U, 2U, 1U})
    for (std::size_t j = 0; j < apart; ++j) running[j] = running[j] + running[j + apart];
  return running[0];
}

inline float inner(const Row& a, const Row& b) {
  Row products(a.size());
  for (std::size_t j = 0; j < a.size(); ++j) products[j] = a[j] * b[j];
  return sum_of(products);
}

inline float root(float x) { return static_cast<float>(std::sqrt(static_cast<long double>(x))); }
inline float power_of_e(float x) { return static_cast<float>(std::exp(static_cast<long double>(x))); }

inline Row normalised(const Definition& s, const Row& x, const Row& gain) {
  const auto n = static_cast<float>(x.size());
  Row centred = x;
  if (s.norm_kind == NormKind::Layer) {
    const float mean = sum_of(x) / n;
    for (float& value : centred) value = value - mean;
  }
  float square = inner(centred, centred) / n;
  if (s.points.norm_sum_double) {
    double sum = 0;
    for (const float value : centred) {
      const float product = value * value;
      sum += static_cast<double>(product);
    }
    square = static_cast<float>(sum / static_cast<double>(x.size()));
  }
  const float shrink = 1.0F / root(square + s.norm_epsilon);
  Row out(x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    const float unit = handed(s, centred[j] * shrink);
    out[j] = handed(s, unit * handed(s, gain[j]));
  }
  return out;
}

/// Nearest integer, ties to even, within lowest ... highest: from the fraction, exact in double.
inline int to_integer(float value, double lowest, double highest) {
  const double below = std::floor(static_cast<double>(value));
  const double fraction = static_cast<double>(value) - below;
  const bool up = fraction > 0.5 || (fraction == 0.5 && std::fmod(below, 2.0) != 0.0);
  return static_cast<int>(std::clamp(below + (up ? 1.0 : 0.0), lowest, highest));
}

/// Sylvester's construction: both halves transformed, then their sum and difference.
inline Row walsh(const Row& x) {
  if (x.size() == 1) return x;
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  const Row left = walsh(Row(x.begin(), middle));
  const Row right = walsh(Row(middle, x.end()));
  Row out;
  for (std::size_t j = 0; j < left.size(); ++j) out.push_back(left[j] + right[j]);
  for (std::size_t j = 0; j < left.size(); ++j) out.push_back(left[j] - right[j]);
  return out;
}

inline Row turned_by_blocks(const Row& x) {
  std::size_t block = 1;
  while (x.size() % (2 * block) == 0) block *= 2;
  const float shrink = 1.0F / root(static_cast<float>(block));
  Row out;
  for (auto at = x.begin(); at != x.end(); at += static_cast<std::ptrdiff_t>(block))
    for (const float value : walsh(Row(at, at + static_cast<std::ptrdiff_t>(block)))) out.push_back(value * shrink);
  return out;
}

/// The larger half by magnitude, ties to the front; zero elsewhere.
inline Row larger_half(const Row& x) {
  std::vector<std::size_t> order(x.size());
  for (std::size_t j = 0; j < x.size(); ++j) order[j] = j;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return std::fabs(x[a]) > std::fabs(x[b]); });
  Row out(x.size(), 0.0F);
  for (std::size_t j = 0; j < (x.size() + 1) / 2; ++j) out[order[j]] = x[order[j]];
  return out;
}

/// Where a linear stands decides how its input is quantised.
enum class Place { AfterNorm, AttentionOutput, Down };

inline Row bit_linear(const Definition& d, Place place, Row x, const BitLinearWeights& linear) {
  const ActivationScheme scheme = d.activation_scheme;
  const bool turn_first = scheme == ActivationScheme::HadamardInt4 && place != Place::AfterNorm;
  const bool four_bits =
      scheme == ActivationScheme::HadamardInt4 || (scheme == ActivationScheme::A48 && place == Place::AfterNorm);
  if (turn_first) x = turned_by_blocks(x);
  if (scheme == ActivationScheme::A48 && place == Place::AttentionOutput) x = larger_half(x);
  std::vector<int> q;
  float s = 0.0F;
  float step = 0.0F;
  if (four_bits) {
    Row sizes;
    for (const float value : x) sizes.push_back(std::fabs(value));
    const float beta = sum_of(sizes) / static_cast<float>(x.size());
    s = root(7.0F) / (beta + 1e-5F);
    step = beta / root(7.0F);
    for (const float value : x) q.push_back(to_integer(value * s, -8, 7));
  } else {
    float largest = 1e-5F;
    for (const float value : x) largest = std::max(largest, std::fabs(value));
    s = 127.0F / largest;
    for (const float value : x) q.push_back(to_integer(value * s, -128, 127));
  }
  Row out;
  for (std::int64_t r = 0; r < linear.codes.rows(); ++r) {
    if (d.points.bfloat16_linear) {
      double exact = 0;  // 16-bit numbers on one grid: no rounding in double
      for (std::size_t k = 0; k < q.size(); ++k)
        exact += linear.codes.weight(r, static_cast<std::int64_t>(k)) *
                 static_cast<double>(bfloat16(static_cast<float>(q[k]) / s));
      out.push_back(bfloat16(bfloat16(static_cast<float>(exact)) * bfloat16(linear.scale)));
      continue;
    }
    std::int64_t acc = 0;
    for (std::size_t k = 0; k < q.size(); ++k)
      acc += std::int64_t{linear.codes.weight(r, static_cast<std::int64_t>(k))} * q[k];
    const float real = four_bits ? static_cast<float>(acc) * step : static_cast<float>(acc) / s;
    out.push_back(real * linear.scale);
  }
  return out;
}

/// Halves or neighbours of each head; the angle is a double product, sine and cosine are rounded to float32 once.
inline void turn(const Definition& s, Row& x, std::size_t position) {
  const auto half = static_cast<std::size_t>(s.head_dim) / 2;
  for (std::size_t head = 0; head < x.size(); head += 2 * half) {
    for (std::size_t i = 0; i < half; ++i) {
      const long double exponent = -2.0L * static_cast<long double>(i) / static_cast<long double>(s.head_dim);
      auto frequency = static_cast<double>(std::pow(static_cast<long double>(s.rope_theta), exponent));
      if (!s.rope_factors.empty()) frequency = frequency / static_cast<double>(s.rope_factors[i]);
      frequency = frequency / s.rope_scale;
      double angle = static_cast<double>(position) * frequency;
      if (s.points.rope_by_multiplication) {
        const long double step =
            std::pow(static_cast<long double>(s.rope_theta), -2.0L / static_cast<long double>(s.head_dim));
        auto turned = static_cast<float>(position);
        for (std::size_t j = 0; j < i; ++j) turned = turned * static_cast<float>(static_cast<double>(step));
        if (!s.rope_factors.empty()) turned = turned / s.rope_factors[i];
        angle = static_cast<double>(turned / static_cast<float>(s.rope_scale));
      }
      const float c = handed(s, static_cast<float>(std::cos(static_cast<long double>(angle))));
      const float sine = handed(s, static_cast<float>(std::sin(static_cast<long double>(angle))));
      const bool halves = s.rope_pairing == RopePairing::Halves;
      const std::size_t first = head + (halves ? i : 2 * i);
      const std::size_t second = halves ? first + half : first + 1;
      const float a = x[first];
      const float b = x[second];
      const float ac = handed(s, a * c), bs = handed(s, b * sine), bc = handed(s, b * c), as = handed(s, a * sine);
      x[first] = handed(s, ac - bs);
      x[second] = handed(s, bc + as);
    }
  }
}

inline Row slice(const Row& x, std::size_t from, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(from), x.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

/// One query head over all positions so far.
inline Row head_mix(const Row& query, const std::vector<Row>& keys, const std::vector<Row>& values, std::size_t from) {
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

inline float gated(const Definition& s, float g, float u) {
  if (s.ffn_activation == FfnActivation::SquaredRelu) {
    const float r = g > 0.0F ? g : 0.0F;
    const float square = r * r;
    return handed(s, handed(s, square) * u);
  }
  const float below = 1.0F + power_of_e(-g);
  const float gate = g / below;
  return handed(s, handed(s, gate) * u);
}

/// An IEEE half from its definition: sign, 5 bits of exponent, 10 of fraction; exact in float32.
inline float widened(const DenseMatrix& m, std::int64_t r, std::int64_t k) {
  const auto at = static_cast<std::size_t>(2 * (r * m.cols + k));
  const int bits = m.bytes[at] | (m.bytes[at + 1] << 8);
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                   : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

inline Row half_row(const DenseMatrix& m, std::int64_t r) {
  Row out;
  for (std::int64_t k = 0; k < m.cols; ++k) out.push_back(widened(m, r, k));
  return out;
}

inline void add_to(const Definition& s, Row& x, const Row& delta) {
  for (std::size_t j = 0; j < x.size(); ++j) x[j] = handed(s, x[j] + delta[j]);
}

/// As the cache gives it back.
inline Row kept(const Definition& s, Row x) {
  if (s.kv == KvPrecision::F32) return x;
  if (s.kv == KvPrecision::F16) {
    for (float& value : x) value = half_precision(value);
    return x;
  }
  const int limit = s.kv == KvPrecision::Int8 ? 127 : (s.kv == KvPrecision::Int4 ? 7 : 3);
  const auto d = static_cast<std::size_t>(s.head_dim);
  for (std::size_t head = 0; head < x.size(); head += d) {
    float largest = 1e-5F;
    for (std::size_t i = head; i < head + d; ++i) largest = std::max(largest, std::fabs(x[i]));
    const float scale = static_cast<float>(limit) / largest;
    for (std::size_t i = head; i < head + d; ++i)
      x[i] = static_cast<float>(to_integer(x[i] * scale, -limit, limit)) / scale;
  }
  return x;
}

/// gate, up and down of a dense network or of one expert.
inline Row feed_forward(const Definition& s, const Row& f, const BitLinearWeights& gate_weights,
                        const BitLinearWeights& up_weights, const BitLinearWeights& down_weights, const Row& sub_norm) {
  const Row gate = bit_linear(s, Place::AfterNorm, f, gate_weights);
  const Row up = bit_linear(s, Place::AfterNorm, f, up_weights);
  Row hidden;
  for (std::size_t j = 0; j < gate.size(); ++j) hidden.push_back(gated(s, gate[j], up[j]));
  if (s.sub_norms) hidden = normalised(s, hidden, sub_norm);
  return bit_linear(s, Place::Down, hidden, down_weights);
}

inline Row float_row(const DenseMatrix& m, std::int64_t r) {
  Row out(static_cast<std::size_t>(m.cols));
  std::memcpy(out.data(), m.bytes.data() + r * m.cols * 4, out.size() * 4);
  return out;
}

inline Row mixture(const Definition& s, const Row& f, const BlockWeights& block) {
  Row p;
  for (std::int64_t e = 0; e < s.expert_count; ++e) p.push_back(inner(float_row(block.ffn_router, e), f));
  const float largest = *std::ranges::max_element(p);
  for (float& value : p) value = power_of_e(value - largest);
  const float total = sum_of(p);
  for (float& value : p) value = value / total;
  std::vector<std::size_t> order(p.size());
  for (std::size_t e = 0; e < p.size(); ++e) order[e] = e;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
  order.resize(static_cast<std::size_t>(s.expert_used_count));
  float chosen = 0.0F;
  for (const std::size_t e : order) chosen = chosen + p[e];
  Row out;
  for (const std::size_t e : order) {
    const ExpertWeights& w = block.experts[e];
    const float share = p[e] / chosen;
    const Row down = feed_forward(s, f, w.ffn_gate, w.ffn_up, w.ffn_down, w.ffn_sub_norm);
    if (out.empty()) out.assign(down.size(), -0.0F);  // the neutral element: -0 + x is x for every x
    for (std::size_t j = 0; j < down.size(); ++j) {
      const float part = share * down[j];
      out[j] = handed(s, out[j] + part);
    }
  }
  return out;
}

/// Logits of every position, row after row.
inline Row all_logits(const Model& model, const std::vector<std::int32_t>& tokens, const RoundingPoints& points = {},
                      KvPrecision kv = KvPrecision::F32) {
  const Definition s{model.shape, points, kv};
  const auto d = static_cast<std::size_t>(s.head_dim);
  std::vector<std::vector<Row>> keys(model.blocks.size());
  std::vector<std::vector<Row>> values(model.blocks.size());
  std::vector<Row> head;
  const DenseMatrix& head_matrix = s.tied_embedding ? model.embedding : model.output;
  for (std::int64_t r = 0; r < s.vocab_size; ++r) head.push_back(half_row(head_matrix, r));
  Row logits;
  for (std::size_t position = 0; position < tokens.size(); ++position) {
    Row x = half_row(model.embedding, tokens[position]);
    for (float& value : x) value = handed(s, value);
    for (std::size_t layer = 0; layer < model.blocks.size(); ++layer) {
      const BlockWeights& block = model.blocks[layer];
      const Row a = normalised(s, x, block.attn_norm);
      Row q = bit_linear(s, Place::AfterNorm, a, block.attn_q);
      Row k = bit_linear(s, Place::AfterNorm, a, block.attn_k);
      turn(s, q, position);
      turn(s, k, position);
      keys[layer].push_back(kept(s, k));
      values[layer].push_back(kept(s, bit_linear(s, Place::AfterNorm, a, block.attn_v)));
      Row mixed;
      const std::int64_t shared_by = s.head_count / s.head_count_kv;
      for (std::int64_t h = 0; h < s.head_count; ++h) {
        const Row one = head_mix(slice(q, static_cast<std::size_t>(h) * d, d), keys[layer], values[layer],
                                 static_cast<std::size_t>(h / shared_by) * d);
        for (const float value : one) mixed.push_back(handed(s, value));
      }
      if (s.sub_norms) mixed = normalised(s, mixed, block.attn_sub_norm);
      add_to(s, x, bit_linear(s, Place::AttentionOutput, mixed, block.attn_output));
      const Row f = normalised(s, x, block.ffn_norm);
      add_to(s, x,
             s.expert_count > 0 ? mixture(s, f, block)
                                : feed_forward(s, f, block.ffn_gate, block.ffn_up, block.ffn_down, block.ffn_sub_norm));
    }
    Row last = normalised(s, x, model.output_norm);
    if (s.points.head_input_half)
      for (float& value : last) value = half_precision(value);
    for (const Row& row : head) logits.push_back(inner(last, row));
  }
  return logits;
}

}  // namespace ternsim::test
