#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/graph.h"

namespace ternsim::model {

// The quantisers in front of BitLinears, one row (token) of K floats at a time; float32, each operation rounded.
//
//   AbsmaxInt8            float_ops.h: s = 127 / max(max |x|, 1e-5); q = clamp(round(x * s), -128, 127);
//                         y = ((float)acc / s) * w
//   AbsmeanInt4           beta = tree(|x|) / K; s = (float)sqrt(7) / (beta + 1e-5); q = clamp(round(x * s), -8, 7);
//                         d = beta / (float)sqrt(7); y = ((float)acc * d) * w         (arXiv 2411.04965, section 2.2)
//   HalfAbsmaxInt8        the K - K/2 elements of largest magnitude (of equal ones the lower index) are kept, the rest
//                         are zero; then AbsmaxInt8                                   (arXiv 2411.04965: top 50 %)
//   HadamardAbsmeanInt4   hadamard(x), then AbsmeanInt4                               (arXiv 2504.18415)
//
// round is to the nearest, ties to even; w is the linear's scale.

/// "absmax8", "a4.8", "hadamard-int4".
std::string_view name_of(ActivationScheme scheme);
/// The scheme of that name; throws RequestError naming all of them otherwise.
ActivationScheme parse_activation_scheme(std::string_view name);

/// Whether sums are multiplied by the row's d (`dequantise_by_step`) instead of divided by its s.
bool has_step(Quantiser quantiser);

/// Room that a quantiser works in; one for each thread.
struct QuantiserScratch {
  std::vector<float> magnitudes;
  std::vector<float> turned;  ///< after the Hadamard transform
  std::vector<std::uint32_t> order;
};

/// Quantises one finite row; `scale` becomes s, or d where `has_step`. Returns false when the mean of the magnitudes,
/// or an element after the Hadamard transform, is too large for float32.
bool quantise_row(Quantiser quantiser, std::span<const float> x, std::span<std::int8_t> q, float& scale,
                  QuantiserScratch& scratch);

/// y_i = ((float)sums_i * d) * scale.
void dequantise_by_step(std::span<const std::int32_t> sums, float d, float scale, std::span<float> y);

/// Absmax int8 codes as the integers that bfloat16 products need (RoundingPoints::bfloat16_linear): bfloat16(q_i / s)
/// is V_i * unit, exactly, with unit = 2^(e - 7) where 2^e <= bfloat16(1 / s) < 2^(e + 1), and V_i = 256 high_i +
/// low_i; |V_i| < 2^15. Turns q into low and returns unit.
float split_bfloat16(float s, std::span<std::int8_t> q, std::span<std::int8_t> high);

/// y_i = bf16(bf16((float)(256 high_i + low_i) * unit) * bf16(scale)): the sum exact, rounded once to float32.
void dequantise_bfloat16(std::span<const std::int32_t> low, std::span<const std::int32_t> high, float unit, float scale,
                         std::span<float> y);

}  // namespace ternsim::model
