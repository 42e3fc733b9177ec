#include "model/float_ops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "model/numerics.h"

namespace ternsim::model {

namespace {

constexpr std::size_t kLanes = 16;
constexpr std::uint32_t kMagnitude = 0x7fffffffU;

/// Four of the sixteen partial sums. A vector type of GCC and Clang, not an instruction set: it keeps the sums in
/// registers, where the compilers' own vectoriser goes through memory.
typedef float Four __attribute__((vector_size(16)));

Four load(const float* p) {
  Four v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

/// tree over term(k), where `term` gives four consecutive values at once or a single one.
template <typename TermOfFour, typename Term>
float tree(std::size_t n, TermOfFour four, Term single) {
  Four p0 = {}, p1 = {}, p2 = {}, p3 = {};
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    p0 += four(k);
    p1 += four(k + 4);
    p2 += four(k + 8);
    p3 += four(k + 12);
  }
  float p[kLanes];
  std::memcpy(p, &p0, sizeof p0);
  std::memcpy(p + 4, &p1, sizeof p1);
  std::memcpy(p + 8, &p2, sizeof p2);
  std::memcpy(p + 12, &p3, sizeof p3);
  for (std::size_t j = 0; k + j < n; ++j) p[j] += single(k + j);
  for (std::size_t h = kLanes / 2; h > 0; h /= 2) {
    for (std::size_t j = 0; j < h; ++j) p[j] += p[j + h];
  }
  return p[0];
}

}  // namespace

float tree_sum(std::span<const float> v) {
  const float* x = v.data();
  return tree(
      v.size(), [x](std::size_t k) { return load(x + k); }, [x](std::size_t k) { return x[k]; });
}

float tree_dot(std::span<const float> a, std::span<const float> b) {
  const float* x = a.data();
  const float* y = b.data();
  return tree(
      a.size(), [x, y](std::size_t k) { return load(x + k) * load(y + k); },
      [x, y](std::size_t k) { return x[k] * y[k]; });
}

bool all_finite(std::span<const float> v) {
  // On the bits: a maximum of floats may drop a NaN, and does so differently on different machines.
  std::uint32_t bad = 0;
  for (const float x : v) bad |= (std::bit_cast<std::uint32_t>(x) & kMagnitude) >= 0x7f800000U ? 1U : 0U;
  return bad == 0;
}

bool rms_norm(std::span<const float> x, std::span<const float> gain, float epsilon, std::span<float> y) {
  const float sum = tree_dot(x, x);
  if (!std::isfinite(sum)) return false;
  const float r = 1.0F / std::sqrt(sum / static_cast<float>(x.size()) + epsilon);
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = (x[i] * r) * gain[i];
  return true;
}

float quantise_absmax(std::span<const float> x, std::span<std::int8_t> q) {
  // Magnitudes of finite floats order as their bits do.
  std::int32_t largest = 0;
  for (const float v : x)
    largest = std::max(largest, static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(v) & kMagnitude));
  const float m = std::max(std::bit_cast<float>(largest), 1e-5F);
  const float s = 127.0F / m;
  // Adding 1.5 * 2^23 leaves no fraction bits: the sum's rounding, half to even, is the one asked for.
  constexpr float kShift = 0x1.8p23F;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float rounded = (x[i] * s + kShift) - kShift;
    q[i] = static_cast<std::int8_t>(std::clamp(static_cast<std::int32_t>(rounded), -128, 127));
  }
  return s;
}

void dequantise(std::span<const std::int32_t> sums, float s, float scale, std::span<float> y) {
  for (std::size_t i = 0; i < sums.size(); ++i) y[i] = (static_cast<float>(sums[i]) / s) * scale;
}

void squared_relu_gate(std::span<const float> g, std::span<const float> u, std::span<float> h) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    const float r = g[i] < 0.0F ? 0.0F : g[i];
    h[i] = (r * r) * u[i];
  }
}

void swiglu_gate(std::span<const float> g, std::span<const float> u, std::span<float> h) {
  for (std::size_t i = 0; i < g.size(); ++i) h[i] = (g[i] / (1.0F + exp_f32(-g[i]))) * u[i];
}

void add_residual(std::span<const float> delta, std::span<float> x) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = x[i] + delta[i];
}

}  // namespace ternsim::model
