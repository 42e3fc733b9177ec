#pragma once

#include <span>

#include "model/compatibility.h"
#include "model/shape.h"

namespace ternsim::model {

/// One row's norm, float32 with each operation rounded:
///
///   Rms     r = 1 / sqrt(tree(x * x) / K + epsilon);                                    y_i = (x_i * r) * gain_i
///   Layer   mean = tree(x) / K; c_i = x_i - mean; r = 1 / sqrt(tree(c * c) / K + epsilon); y_i = (c_i * r) * gain_i
///
/// Points: with norm_sum_double the sum of squares is that of products rounded to float32, added in double in order,
/// divided by K and rounded to float32; with bfloat16_stream y_i = bf16(bf16(x_i * r) * bf16(gain_i)).
///
/// Returns false, and leaves y unspecified, when the sum of squares is infinite or NaN.
bool normalise_row(NormKind kind, std::span<const float> x, std::span<const float> gain, float epsilon,
                   const RoundingPoints& points, std::span<float> y);

}  // namespace ternsim::model
