#include "model/attention.h"

#include <algorithm>
#include <cmath>

#include "model/float_ops_dispatch.h"

namespace ternsim::model {

bool attend(std::span<const float> query, const float* keys, const float* values, std::int64_t stride,
            std::int64_t positions, std::span<float> scores, std::span<float> out) {
  return attend_heads(query, 1, keys, values, stride, positions, scores, out);
}

bool attend_heads(std::span<const float> queries, std::size_t heads, const float* keys, const float* values,
                  std::int64_t stride, std::int64_t positions, std::span<float> scores, std::span<float> out) {
  // Positions whose keys or values (16 KiB at a width of 128) stay in the first-level cache while each head takes them.
  constexpr std::int64_t kPanel = 32;
  const FloatBodies& bodies = float_bodies();
  const std::size_t d = queries.size() / heads;
  const auto n = static_cast<std::size_t>(positions);
  const std::int64_t step = heads == 1 ? positions : kPanel;
  const float shrink = 1.0F / std::sqrt(static_cast<float>(d));
  for (std::int64_t t = 0; t < positions; t += step) {
    for (std::size_t h = 0; h < heads; ++h) {
      bodies.scores(&queries[h * d], keys + t * stride, stride, std::min(step, positions - t), d, shrink,
                    scores.data() + h * n + t);
    }
  }
  if (!bodies.all_finite(scores.data(), heads * n)) return false;
  std::ranges::fill(out, 0.0F);
  constexpr std::size_t kMostHeads = 64;
  float z[kMostHeads];
  for (std::size_t first = 0; first < heads; first += kMostHeads) {
    const std::size_t last = std::min(heads, first + kMostHeads);
    for (std::size_t h = first; h < last; ++h) z[h - first] = bodies.softmax_terms(scores.data() + h * n, n);
    for (std::int64_t t = 0; t < positions; t += step) {
      for (std::size_t h = first; h < last; ++h) {
        bodies.mix(scores.data() + h * n + t, z[h - first], values + t * stride, stride, std::min(step, positions - t),
                   d, &out[h * d]);
      }
    }
  }
  return true;
}

}  // namespace ternsim::model
