#pragma once

#include <cstdint>
#include <span>

#include "model/shape.h"

namespace ternsim::model {

/// Rows of dense elements as ggml lays them out, to float32 and back. Q8_0: 34 bytes for 32 elements (float16 d, 32
/// int8); Q4_0: 18 for 32 (float16 d, nibbles, elements 0..15 low, 16..31 high, value (n - 8) d); Q6_K: 210 for 256
/// (128 bytes of low nibbles, 64 of upper bit pairs, 16 int8 scales, float16 d, value d scale (q - 32)).
///
/// `bytes` is row_bytes(type, out.size()) long, or std::invalid_argument is thrown. Exact: every value of these types
/// is a float32.
void decode_row(ElementType type, std::span<const std::uint8_t> bytes, std::span<float> out);

/// The nearest row of that type; the same bytes on every machine. F16 and BF16 round to nearest even, Q8_0 and Q4_0
/// scale each block by its largest magnitude, Q6_K searches each group of 16 for the scale of least squared error.
/// Throws std::invalid_argument on sizes that do not fit, RequestError on a value that is no finite number or too large
/// for the type.
void encode_row(ElementType type, std::span<const float> in, std::span<std::uint8_t> bytes);

/// The first element that is a NaN or infinite, or the first of a block whose scale is; -1 if there is none. `bytes`
/// are whole blocks.
std::int64_t first_not_finite(ElementType type, std::span<const std::uint8_t> bytes);

}  // namespace ternsim::model
