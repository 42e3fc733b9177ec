#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/tensor_source.h"
#include "model/weights.h"

namespace ternsim::model {

/// Where I2_S puts the weights of a block. Files quantised on x86 use blocks of 128 weights in 32 bytes (byte p holds
/// weights p, p+32, p+64, p+96), those quantised on ARM by the original tool blocks of 64 in 16 (p, p+16, p+32, p+48);
/// bits 7:6, 5:4, 3:2, 1:0 in both. Nothing in a file tells which: the bits are a permutation of one another.
enum class I2sLayout { Blocks128, Blocks64 };

/// Weights of one block.
constexpr std::int64_t i2s_block(I2sLayout layout) { return layout == I2sLayout::Blocks128 ? 128 : 64; }

/// Bytes of an I2_S tensor: four codes a byte, then 32 bytes of which the first four are the float32 scale.
constexpr std::uint64_t i2s_bytes(std::uint64_t weights) { return weights / 4 + 32; }

/// Unpacks an I2_S tensor of `rows` x `cols`, flattened row-major: blocks straddle rows where cols is no multiple of
/// the block. Storage comes from `arena`, or the heap. `where` ("file: tensor 'x'") begins the messages. Throws
/// InputError on a size that does not fit, a weight count that is no multiple of the block, the illegal code 3, and a
/// scale that is negative, NaN or infinite.
BitLinearWeights read_i2s(const TensorSource& source, std::int64_t rows, std::int64_t cols, I2sLayout layout,
                          kernels::WeightArena* arena = nullptr);
BitLinearWeights read_i2s(std::span<const std::uint8_t> bytes, std::int64_t rows, std::int64_t cols, I2sLayout layout,
                          const std::string& where);

/// The inverse. Throws RequestError if rows * cols is no multiple of the block; `where` begins the message.
std::vector<std::uint8_t> write_i2s(const BitLinearWeights& weights, I2sLayout layout, const std::string& where);

}  // namespace ternsim::model
