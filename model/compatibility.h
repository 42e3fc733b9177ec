#pragma once

#include <span>
#include <string_view>

namespace ternsim::model {

/// Whose rounding points an inference has. A mode promises the points listed in `RoundingPoints`, not another program's
/// last bit: that one's order of summation is not known.
enum class Compatibility {
  Reference,    ///< every value float32, each operation rounded on its own
  BitnetCpp,    ///< as the CPU inference in public use (bitnet.cpp, I2_S) rounds
  Transformers  ///< as the Hugging Face model of BitNet b1.58 2B4T in bfloat16 rounds
};
std::string_view name_of(Compatibility mode);
/// "reference", "bitnet-cpp" or "transformers"; throws RequestError naming the three otherwise.
Compatibility parse_compatibility(std::string_view name);

/// Where a mode rounds differently from the reference. All false is the reference.
struct RoundingPoints {
  /// Norms: the products x_i * x_i, float32, are added in double in order of i; their mean is rounded to float32.
  bool norm_sum_double = false;
  /// RoPE: angle_0 = position and angle_{i+1} = angle_i * f with f = theta^(-2/d) rounded to float32, each product
  /// rounded to float32; sine and cosine of that angle in double, rounded to float32.
  bool rope_by_multiplication = false;
  /// Keys and values are kept as IEEE half precision, unless a narrower cache is asked for.
  bool kv_half = false;
  /// The LM head's input is rounded to IEEE half precision.
  bool head_input_half = false;
  /// The values that one operator hands to the next are bfloat16: embedding, residual, the norm's x_i * r and its
  /// product with the gain (itself rounded), RoPE's cosine, sine, products and sums, the attention's output, the gate's
  /// square (or SiLU) and its product with the up projection.
  bool bfloat16_stream = false;
  /// BitLinears: q_k / s is rounded to bfloat16 before the product, whose exact sum is rounded to float32, then to
  /// bfloat16; times the scale rounded to bfloat16, to bfloat16. Absmax int8 activations only.
  bool bfloat16_linear = false;

  bool operator==(const RoundingPoints&) const = default;
};
RoundingPoints rounding_points(Compatibility mode);

/// The nearest bfloat16, ties to even, as float32.
float to_bfloat16(float x);
void round_to_bfloat16(std::span<float> x);
/// The nearest IEEE half, ties to even, as float32; infinite from 65520 on.
void round_to_half(std::span<float> x);

}  // namespace ternsim::model
