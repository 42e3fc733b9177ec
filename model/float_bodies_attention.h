#pragma once

// Compiled with float_bodies_source.h: attention of one query head.
#include "kernels/read_ahead.h"
#include "model/float_bodies_source.h"

namespace ternsim::model {

namespace {

constexpr std::int64_t kPositionsAhead = 8;

#if defined(__AVX512F__)
/// Four dots at once: their chains of additions overlap, and their partial sums fold in shared vectors.
inline void four_scores(const float* query, const float* key, std::int64_t stride, std::size_t d, float shrink,
                        kernels::ReadAhead read_ahead, float* score) {
  V a = {}, b = {}, c = {}, e = {};
  for (std::size_t k = 0; k < d; k += kLanes) {
    // Rows lie a stride apart, which the hardware's own reading ahead does not follow well.
    for (std::int64_t r = 0; r < 4; ++r) read_ahead.line(key + (kPositionsAhead + r) * stride + k);
    const V q = load<V>(query + k);
    a += q * load<V>(key + k);
    b += q * load<V>(key + stride + k);
    c += q * load<V>(key + 2 * stride + k);
    e += q * load<V>(key + 3 * stride + k);
  }
  // h = 8: eight partial sums of one dot and of the next side by side; h = 4: four of each dot; then h = 2 and 1.
  const V ab = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
               __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  const V ce = __builtin_shufflevector(c, e, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
               __builtin_shufflevector(c, e, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  V all = __builtin_shufflevector(ab, ce, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
          __builtin_shufflevector(ab, ce, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  all += __builtin_shufflevector(all, all, 2, 3, 2, 3, 6, 7, 6, 7, 10, 11, 10, 11, 14, 15, 14, 15);
  all += __builtin_shufflevector(all, all, 1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13);
  all *= shrink;
  const V out = __builtin_shufflevector(all, all, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  __builtin_memcpy(score, &out, 4 * sizeof(float));
}
#endif

void scores(const float* query, const float* keys, std::int64_t stride, std::int64_t positions, std::size_t d,
            float shrink, float* score) {
  std::int64_t t = 0;
#if defined(__AVX512F__)
  if (d % kLanes == 0) {
    const kernels::ReadAhead read_ahead = kernels::read_ahead_of(1);
    for (; t + 4 <= positions; t += 4) four_scores(query, keys + t * stride, stride, d, shrink, read_ahead, score + t);
  }
#endif
  for (; t < positions; ++t) score[t] = tree_dot(query, keys + t * stride, d) * shrink;
}

float softmax_terms(float* e, std::size_t n) {
  float largest = e[0];
  std::size_t k = 0;
  if (n >= kWidth) {
    V most = load<V>(e);
    for (; k + kWidth <= n; k += kWidth) {
      const V v = load<V>(e + k);
      most = v > most ? v : most;
    }
    for (std::size_t j = 0; j < kWidth; ++j) largest = most[j] > largest ? most[j] : largest;
  }
  for (; k < n; ++k) largest = e[k] > largest ? e[k] : largest;
  by_vectors(e, e, n, [largest](V v) { return exp_of(v - largest); });
  return tree_sum(e, n);
}

/// kColumns vectors of the output in registers over all positions.
template <std::size_t kColumns>
inline void mix_columns(const float* p, const float* values, std::int64_t stride, std::int64_t positions, float* out) {
  const kernels::ReadAhead read_ahead = kernels::read_ahead_of(1);
  V sum[kColumns] = {};
  for (std::size_t i = 0; i < kColumns; ++i) sum[i] = load<V>(out + i * kWidth);
  for (std::int64_t t = 0; t < positions; ++t) {
    const float* v = values + t * stride;
    for (std::size_t i = 0; i < kColumns; i += kParts) read_ahead.line(v + kPositionsAhead * stride + i * kWidth);
    for (std::size_t i = 0; i < kColumns; ++i) sum[i] = sum[i] + p[t] * load<V>(v + i * kWidth);
  }
  for (std::size_t i = 0; i < kColumns; ++i) store(out + i * kWidth, sum[i]);
}

void mix(const float* e, float z, const float* values, std::int64_t stride, std::int64_t positions, std::size_t d,
         float* out) {
  constexpr std::int64_t kPanel = 256;
  float p[kPanel];
  for (std::int64_t first = 0; first < positions; first += kPanel) {
    const std::int64_t count = positions - first < kPanel ? positions - first : kPanel;
    by_vectors(e + first, p, static_cast<std::size_t>(count), [z](V v) { return v / z; });
    const float* panel = values + first * stride;
    std::size_t c = 0;
    for (; c + 8 * kWidth <= d; c += 8 * kWidth) mix_columns<8>(p, panel + c, stride, count, out + c);
    for (; c + kWidth <= d; c += kWidth) mix_columns<1>(p, panel + c, stride, count, out + c);
    for (; c < d; ++c) {
      for (std::int64_t t = 0; t < count; ++t)
        out[c] = out[c] + p[t] * panel[t * stride + static_cast<std::int64_t>(c)];
    }
  }
}

}  // namespace

}  // namespace ternsim::model
