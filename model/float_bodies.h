#pragma once

#include <cstddef>
#include <cstdint>

namespace ternsim::model {

/// Rows of a quantised LM head in the lane order of quantised_head.h, by one token's quantised activations.
struct HeadArguments {
  const std::uint8_t* rows;         ///< the first row
  std::int64_t row_bytes;           ///< from one row to the next
  std::int64_t count;               ///< rows to take
  std::int64_t groups;              ///< of a row
  const std::int8_t* activations;   ///< in lane order, whole tiles, padded with zeros
  const std::int32_t* corrections;  ///< (groups, padded to whole tiles): minus the weights' offset times the sum of a
                                    ///< group's activations
  const float* inverse_scales;      ///< (groups, padded to whole tiles) 1 / s; for Q6_K one per tile
  float* y;                         ///< (count), written
};

/// Rows of floats by one token.
struct RowsArguments {
  const std::uint8_t* rows;
  std::int64_t row_bytes;
  std::int64_t count;
  const float* x;    ///< (cols)
  std::size_t cols;  ///< elements of a row
  float* y;          ///< (count), written
};

/// The float32 operations of one instruction set; float_ops.h says what each computes. The same source compiled for
/// each set (float_bodies_source.h), so that there is one order of operations; plain pointers, so that a body compiled
/// for an instruction set needs no header with inline code.
struct FloatBodies {
  float (*tree_sum)(const float* v, std::size_t n);
  float (*tree_dot)(const float* a, const float* b, std::size_t n);
  bool (*all_finite)(const float* v, std::size_t n);
  /// Bits of the largest magnitude; 0 where n is.
  std::uint32_t (*largest_magnitude)(const float* v, std::size_t n);
  /// y = (x * r) * gain.
  void (*scale_by_gain)(const float* x, float r, const float* gain, float* y, std::size_t n);
  /// q = clamp(round_half_even(x * s), -128, 127); |x * s| is below 2^22.
  void (*quantise)(const float* x, float s, std::int8_t* q, std::size_t n);
  /// Whether all results are finite.
  bool (*dequantise)(const std::int32_t* sums, float s, float scale, float* y, std::size_t n);
  void (*squared_relu_gate)(const float* g, const float* u, float* h, std::size_t n);
  void (*swiglu_gate)(const float* g, const float* u, float* h, std::size_t n);
  void (*add)(const float* delta, float* x, std::size_t n);
  /// y = exp_f32(x).
  void (*exp)(const float* x, float* y, std::size_t n);
  void (*widen_f16)(const std::uint8_t* halves, float* y, std::size_t n);
  void (*widen_bf16)(const std::uint8_t* halves, float* y, std::size_t n);

  /// score_t = tree(query * key_t) * shrink.
  void (*scores)(const float* query, const float* keys, std::int64_t stride, std::int64_t positions, std::size_t d,
                 float shrink, float* score);
  /// e = exp_f32(e - largest e); returns their tree. e is finite, n at least 1.
  float (*softmax_terms)(float* e, std::size_t n);
  /// out_c = out_c + (e_t / z) * value_{t,c} for t in order.
  void (*mix)(const float* e, float z, const float* values, std::int64_t stride, std::int64_t positions, std::size_t d,
              float* out);

  void (*rows_f32)(const RowsArguments& arguments);
  void (*rows_f16)(const RowsArguments& arguments);
  void (*rows_bf16)(const RowsArguments& arguments);
  void (*head_q8_0)(const HeadArguments& arguments);
  void (*head_q6_k)(const HeadArguments& arguments);
  void (*head_q4_0)(const HeadArguments& arguments);
};

extern const FloatBodies kFloatScalar;
extern const FloatBodies kFloatAvx2;
extern const FloatBodies kFloatAvx512;

}  // namespace ternsim::model
