#pragma once

#include <cstdint>
#include <span>

#include "kernels/thread_pool.h"
#include "model/weights.h"

namespace ternsim::model {

// LM heads (and embeddings tied to them) in Q8_0, Q6_K or Q4_0. A weight is its group's scale times an integer: groups
// of 32 with one half-width scale d in Q8_0 and Q4_0, of 16 with d of their 256 times an int8 scale c in Q6_K.
//
// The product of a row by an activation x, with n the groups of a row in order of k:
//
//   by block of 256 elements, the last one of a row perhaps shorter:
//     s = 127 / max(max |x_k|, 1e-5); a_k = clamp(round_half_even(x_k * s), -128, 127); t = 1 / s
//   by group g: i_g = sum of q_k * a_k, exact in int32
//     Q8_0, Q4_0:  v_g = (float)i_g * (d * t)
//     Q6_K:        v_g = (float)(c * i_g) * (d * t), the integer product exact: below 2^24
//   y = tree over v_g, g = 0 ... n - 1
//
// each float32 operation rounded on its own, the same on every instruction set.
//
// In lane order a row has the same bytes, so that its groups lie beside one another: tiles of 16 groups (the last one
// of Q8_0 and Q4_0 may have fewer, G of them), each of 64-byte lines in which group j has the bytes 4j ... 4j + 3
// (lines of 4G bytes in a short tile); then the scales.
//   Q8_0  line l = 0..7: q + 128 of a group's elements 4l ... 4l + 3; after all tiles the d of every group
//   Q4_0  line l = 0..3: q + 8 of elements 4l ... in the low nibbles, 16 + 4l ... in the high ones; then every d
//   Q6_K  line l = 0..2: q + 32 of elements 4l ... 4l + 3 in bits 5:0; in bits 7:6 the bits 2l + 1 and 2l of q + 32 of
//         elements 12..15; after all tiles the c of every group, then the d of every tile

/// Whether elements of the type are integers in blocks with scales.
bool is_quantised(ElementType type);

/// Puts the rows of a quantised matrix in lane order, in place; others, and one that is so already, stay as they are.
/// Products are the same before and after, but before it they reorder each row every time.
void prepare_head(DenseMatrix& matrix, kernels::ThreadPool* pool = nullptr);

/// One row of a quantised type from a file's order to lane order, or back; `row` and `out` are
/// (row_bytes(type, cols)) and do not overlap.
void to_lane_order(ElementType type, std::int64_t cols, const std::uint8_t* row, std::uint8_t* out);
void from_lane_order(ElementType type, std::int64_t cols, const std::uint8_t* row, std::uint8_t* out);

/// Row r of a quantised matrix as float32, exactly; `out` is (cols).
void widen_quantised_row(const DenseMatrix& matrix, std::int64_t r, std::span<float> out);

/// Whether the half-width scales of row r are finite.
bool scales_are_finite(const DenseMatrix& matrix, std::int64_t r);

/// y[t][r] as above; x is (tokens, cols), y is (tokens, rows). Where x_t holds NaN or Inf, all of y_t is NaN.
void quantised_product(const DenseMatrix& matrix, std::span<const float> x, std::int64_t tokens, std::span<float> y,
                       kernels::ThreadPool* pool = nullptr);

}  // namespace ternsim::model
