#include "model/norms.h"

#include <algorithm>
#include <cmath>

#include "model/float_ops.h"

namespace ternsim::model {

namespace {

/// The mean of squares.
float mean_square(std::span<const float> x, bool in_double) {
  const auto count = static_cast<double>(x.size());
  if (!in_double) return tree_dot(x, x) / static_cast<float>(x.size());
  double sum = 0;
  for (const float v : x) sum += static_cast<double>(v * v);
  return static_cast<float>(sum / count);
}

}  // namespace

bool normalise_row(NormKind kind, std::span<const float> x, std::span<const float> gain, float epsilon,
                   const RoundingPoints& points, std::span<float> y) {
  if (kind == NormKind::Rms && !points.norm_sum_double && !points.bfloat16_stream) {
    return rms_norm(x, gain, epsilon, y);
  }
  if (kind == NormKind::Layer) {
    const float mean = tree_sum(x) / static_cast<float>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] - mean;
  } else {
    std::ranges::copy(x, y.begin());
  }
  const float square = mean_square(y, points.norm_sum_double);
  if (!std::isfinite(square)) return false;
  const float r = 1.0F / std::sqrt(square + epsilon);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (points.bfloat16_stream) {
      y[i] = to_bfloat16(to_bfloat16(y[i] * r) * to_bfloat16(gain[i]));
    } else {
      y[i] = (y[i] * r) * gain[i];
    }
  }
  return true;
}

}  // namespace ternsim::model
