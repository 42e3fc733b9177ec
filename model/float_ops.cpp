#include "model/float_ops.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "model/float_ops_dispatch.h"

namespace ternsim::model {

float tree_sum(std::span<const float> v) { return float_bodies().tree_sum(v.data(), v.size()); }

float tree_dot(std::span<const float> a, std::span<const float> b) {
  return float_bodies().tree_dot(a.data(), b.data(), a.size());
}

bool all_finite(std::span<const float> v) { return float_bodies().all_finite(v.data(), v.size()); }

bool rms_norm(std::span<const float> x, std::span<const float> gain, float epsilon, std::span<float> y) {
  const float sum = tree_dot(x, x);
  if (!std::isfinite(sum)) return false;
  const float r = 1.0F / std::sqrt(sum / static_cast<float>(x.size()) + epsilon);
  float_bodies().scale_by_gain(x.data(), r, gain.data(), y.data(), x.size());
  return true;
}

float quantise_absmax(std::span<const float> x, std::span<std::int8_t> q) {
  const FloatBodies& bodies = float_bodies();
  const float m = std::max(std::bit_cast<float>(bodies.largest_magnitude(x.data(), x.size())), 1e-5F);
  const float s = 127.0F / m;
  bodies.quantise(x.data(), s, q.data(), x.size());
  return s;
}

bool dequantise(std::span<const std::int32_t> sums, float s, float scale, std::span<float> y) {
  return float_bodies().dequantise(sums.data(), s, scale, y.data(), sums.size());
}

void squared_relu_gate(std::span<const float> g, std::span<const float> u, std::span<float> h) {
  float_bodies().squared_relu_gate(g.data(), u.data(), h.data(), g.size());
}

void swiglu_gate(std::span<const float> g, std::span<const float> u, std::span<float> h) {
  float_bodies().swiglu_gate(g.data(), u.data(), h.data(), g.size());
}

void add_residual(std::span<const float> delta, std::span<float> x) {
  float_bodies().add(delta.data(), x.data(), x.size());
}

}  // namespace ternsim::model
