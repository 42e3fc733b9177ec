#include "model/attention.h"

#include <algorithm>
#include <cmath>

#include "model/float_ops.h"
#include "model/numerics.h"

namespace ternsim::model {

bool attend(std::span<const float> query, const float* keys, const float* values, std::int64_t stride,
            std::int64_t positions, std::span<float> scores, std::span<float> out) {
  const std::size_t d = query.size();
  const std::span<float> e = scores.first(static_cast<std::size_t>(positions));
  const float shrink = 1.0F / std::sqrt(static_cast<float>(d));
  for (std::int64_t t = 0; t < positions; ++t) e[t] = tree_dot(query, {keys + t * stride, d}) * shrink;
  if (!all_finite(e)) return false;

  const float largest = *std::ranges::max_element(e);
  for (float& x : e) x = exp_f32(x - largest);
  const float z = tree_sum(e);
  std::ranges::fill(out, 0.0F);
  for (std::int64_t t = 0; t < positions; ++t) {
    const float p = e[t] / z;
    const float* v = values + t * stride;
    for (std::size_t c = 0; c < d; ++c) out[c] = out[c] + p * v[c];
  }
  return true;
}

}  // namespace ternsim::model
