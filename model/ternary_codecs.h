#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/gguf_format.h"
#include "model/tensor_source.h"
#include "model/weights.h"

namespace ternsim::model {

/// One byte a weight (code = weight + 1) to a row of PackedTernary, its padding included, and back.
void pack_codes(std::span<const std::uint8_t> codes, std::span<std::uint8_t> row);
void unpack_codes(std::span<const std::uint8_t> row, std::span<std::uint8_t> codes);

/// Weights of a TQ block.
inline constexpr std::int64_t kTqBlock = 256;
/// Bytes of a block: TQ1_0 54 (48 + 4 bytes of base-3 digits, float16 d), TQ2_0 66 (64 bytes of bit pairs, float16 d).
constexpr std::int64_t tq_block_bytes(GgufTensorType type) { return type == GgufTensorType::TQ1_0 ? 54 : 66; }

/// Reads a TQ1_0 or TQ2_0 tensor of `rows` x `cols` as ggml lays it out, weight = (code - 1) d. The matrix gets the one
/// scale that its blocks share; blocks of zeros may carry any. Storage comes from `arena`, or the heap. Throws
/// InputError on a size that does not fit, rows that are no multiple of 256, code 3, a scale that is negative, NaN or
/// infinite, and blocks of different scales.
BitLinearWeights read_tq(const TensorSource& source, GgufTensorType type, std::int64_t rows, std::int64_t cols,
                         kernels::WeightArena* arena = nullptr);

/// The inverse; each block carries the scale rounded to float16. Throws RequestError if the rows are no multiple of
/// 256, or the scale rounds to zero or infinity; `where` begins the message.
std::vector<std::uint8_t> write_tq(const BitLinearWeights& weights, GgufTensorType type, const std::string& where);
/// |float16(scale) - scale| / scale: what `write_tq` loses; 0 for a scale of 0.
double tq_scale_loss(float scale);

/// Reads packed ternary weights of Hugging Face checkpoints: uint8 (rows / 4, cols), byte (r, c) holds row r at bits
/// 1:0, row r + rows/4 at 3:2, r + 2 rows/4 at 5:4, r + 3 rows/4 at 7:6, code = weight + 1. The scale is the caller's.
/// Throws InputError on a size that does not fit, rows that are no multiple of 4, and code 3.
BitLinearWeights read_packed_rows(const TensorSource& source, std::int64_t rows, std::int64_t cols, float scale,
                                  kernels::WeightArena* arena = nullptr);

}  // namespace ternsim::model
