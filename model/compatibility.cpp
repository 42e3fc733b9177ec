#include "model/compatibility.h"

#include <string>

#include "base/error.h"
#include "model/half.h"

namespace ternsim::model {

std::string_view name_of(Compatibility mode) {
  switch (mode) {
    case Compatibility::Reference:
      return "reference";
    case Compatibility::BitnetCpp:
      return "bitnet-cpp";
    case Compatibility::Transformers:
      return "transformers";
  }
  return "unknown";
}

Compatibility parse_compatibility(std::string_view name) {
  for (const Compatibility mode : {Compatibility::Reference, Compatibility::BitnetCpp, Compatibility::Transformers}) {
    if (name == name_of(mode)) return mode;
  }
  throw RequestError("unknown compatibility mode '" + std::string(name) +
                     "'; there are: reference, bitnet-cpp, transformers");
}

RoundingPoints rounding_points(Compatibility mode) {
  RoundingPoints points;
  switch (mode) {
    case Compatibility::Reference:
      break;
    case Compatibility::BitnetCpp:
      points.norm_sum_double = true;
      points.rope_by_multiplication = true;
      points.kv_half = true;
      points.head_input_half = true;
      break;
    case Compatibility::Transformers:
      points.bfloat16_stream = true;
      points.bfloat16_linear = true;
      break;
  }
  return points;
}

float to_bfloat16(float x) { return bf16_to_f32(f32_to_bf16(x)); }

void round_to_bfloat16(std::span<float> x) {
  for (float& value : x) value = to_bfloat16(value);
}

void round_to_half(std::span<float> x) {
  for (float& value : x) value = f16_to_f32(f32_to_f16(value));
}

}  // namespace ternsim::model
