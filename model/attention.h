#pragma once

#include <cstdint>
#include <span>

namespace ternsim::model {

/// Softmax attention of one query head over the first `positions` rows of a KV cache, float32:
/// score_t = tree(q * k_t) * (1 / sqrt(d)); e_t = exp(score_t - max); p_t = e_t / tree(e); out_c = sum over t in order
/// of p_t * v_{t,c}, from +0.
///
/// `query` and `out` are (d); row t of the keys starts at keys + t * stride, of the values alike; `scores` is working
/// room for `positions` numbers. Returns false when a score is infinite or NaN.
bool attend(std::span<const float> query, const float* keys, const float* values, std::int64_t stride,
            std::int64_t positions, std::span<float> scores, std::span<float> out);

/// `attend` for several query heads that share their keys and values (grouped-query attention): the same bits, but
/// keys and values are read from memory once for all of them. `queries` and `out` are (heads, d), `scores` is working
/// room for heads * positions numbers. Returns false when a score of any head is infinite or NaN.
bool attend_heads(std::span<const float> queries, std::size_t heads, const float* keys, const float* values,
                  std::int64_t stride, std::int64_t positions, std::span<float> scores, std::span<float> out);

}  // namespace ternsim::model
