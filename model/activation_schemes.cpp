#include "model/activation_schemes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

#include "base/error.h"
#include "model/compatibility.h"
#include "model/float_ops.h"
#include "model/hadamard.h"

namespace ternsim::model {

namespace {

constexpr float kSqrt7 = 0x1.52a7fap+1F;  // sqrt(7) rounded to float32
constexpr std::uint32_t kMagnitude = 0x7fffffffU;

/// Half to even, for |x| below 2^22.
float round_half_even(float x) { return (x + 0x1.8p23F) - 0x1.8p23F; }

bool quantise_absmean_int4(std::span<const float> x, std::span<std::int8_t> q, float& step, QuantiserScratch& scratch) {
  if (scratch.magnitudes.size() < x.size()) scratch.magnitudes.resize(x.size());
  const std::span<float> magnitudes = std::span(scratch.magnitudes).first(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) magnitudes[i] = std::fabs(x[i]);
  const float beta = tree_sum(magnitudes) / static_cast<float>(x.size());
  if (!std::isfinite(beta)) return false;
  const float s = kSqrt7 / (beta + 1e-5F);
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Clamped before rounding: the same integers, and the rounding's range is kept.
    q[i] = static_cast<std::int8_t>(round_half_even(std::clamp(x[i] * s, -8.0F, 7.0F)));
  }
  step = beta / kSqrt7;
  return true;
}

float quantise_half_absmax_int8(std::span<const float> x, std::span<std::int8_t> q, QuantiserScratch& scratch) {
  const std::size_t kept = x.size() - x.size() / 2;
  std::vector<std::uint32_t>& order = scratch.order;
  order.resize(x.size());
  // Magnitudes of finite floats order as their bits do.
  const auto magnitude = [&](std::size_t i) { return std::bit_cast<std::uint32_t>(x[i]) & kMagnitude; };
  for (std::size_t i = 0; i < x.size(); ++i) order[i] = magnitude(i);
  std::ranges::nth_element(order, order.begin() + static_cast<std::ptrdiff_t>(kept - 1), std::ranges::greater());
  const std::uint32_t threshold = order[kept - 1];
  std::size_t ties = kept;  // elements at the threshold that still have room
  for (std::size_t i = 0; i < x.size(); ++i) ties -= magnitude(i) > threshold ? 1U : 0U;
  const float s = quantise_absmax(x, q);  // the largest is always kept
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint32_t m = magnitude(i);
    if (m > threshold) continue;
    if (m == threshold && ties > 0) {
      --ties;
      continue;
    }
    q[i] = 0;
  }
  return s;
}

constexpr ActivationScheme kSchemes[] = {ActivationScheme::Absmax8, ActivationScheme::A48,
                                         ActivationScheme::HadamardInt4};

}  // namespace

std::string_view name_of(ActivationScheme scheme) {
  switch (scheme) {
    case ActivationScheme::Absmax8:
      return "absmax8";
    case ActivationScheme::A48:
      return "a4.8";
    case ActivationScheme::HadamardInt4:
      return "hadamard-int4";
  }
  return "unknown";
}

ActivationScheme parse_activation_scheme(std::string_view name) {
  for (const ActivationScheme scheme : kSchemes) {
    if (name == name_of(scheme)) return scheme;
  }
  throw RequestError("unknown activation scheme '" + std::string(name) + "'; there are: absmax8, a4.8, hadamard-int4");
}

bool has_step(Quantiser quantiser) {
  return quantiser == Quantiser::AbsmeanInt4 || quantiser == Quantiser::HadamardAbsmeanInt4;
}

bool quantise_row(Quantiser quantiser, std::span<const float> x, std::span<std::int8_t> q, float& scale,
                  QuantiserScratch& scratch) {
  switch (quantiser) {
    case Quantiser::AbsmaxInt8:
      scale = quantise_absmax(x, q);
      return true;
    case Quantiser::AbsmeanInt4:
      return quantise_absmean_int4(x, q, scale, scratch);
    case Quantiser::HalfAbsmaxInt8:
      scale = quantise_half_absmax_int8(x, q, scratch);
      return true;
    case Quantiser::HadamardAbsmeanInt4: {
      scratch.turned.assign(x.begin(), x.end());
      hadamard(scratch.turned);
      return all_finite(scratch.turned) && quantise_absmean_int4(scratch.turned, q, scale, scratch);
    }
  }
  return false;
}

void dequantise_by_step(std::span<const std::int32_t> sums, float d, float scale, std::span<float> y) {
  for (std::size_t i = 0; i < sums.size(); ++i) y[i] = (static_cast<float>(sums[i]) * d) * scale;
}

float split_bfloat16(float s, std::span<std::int8_t> q, std::span<std::int8_t> high) {
  const float unit = std::ldexp(1.0F, std::ilogb(to_bfloat16(1.0F / s)) - 7);
  std::array<std::int32_t, 129> value;  // V of |q|: few codes, many elements
  for (int code = 0; code <= 128; ++code) {
    value[static_cast<std::size_t>(code)] = static_cast<std::int32_t>(to_bfloat16(static_cast<float>(code) / s) / unit);
  }
  for (std::size_t i = 0; i < q.size(); ++i) {
    const int code = q[i];
    const std::int32_t v = code < 0 ? -value[static_cast<std::size_t>(-code)] : value[static_cast<std::size_t>(code)];
    const std::int32_t upper = (v + 128) >> 8;
    high[i] = static_cast<std::int8_t>(upper);
    q[i] = static_cast<std::int8_t>(v - 256 * upper);
  }
  return unit;
}

void dequantise_bfloat16(std::span<const std::int32_t> low, std::span<const std::int32_t> high, float unit, float scale,
                         std::span<float> y) {
  const float rounded_scale = to_bfloat16(scale);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::int64_t sum = std::int64_t{256} * high[i] + low[i];
    y[i] = to_bfloat16(to_bfloat16(static_cast<float>(sum) * unit) * rounded_scale);
  }
}

}  // namespace ternsim::model
