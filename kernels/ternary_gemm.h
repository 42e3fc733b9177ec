#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "kernels/dispatch.h"
#include "kernels/packed_ternary.h"

namespace ternsim::kernels {

class ThreadPool;

/// Widest row that the kernels take: the sums of codes (0..2) by int8, four-fold, stay within int32 up to here.
inline constexpr std::int64_t kMaxCols = std::int64_t{1} << 20;

/// Exact product of a ternary matrix (rows, cols) by int8 activations (tokens, cols), row-major, any value from -128 to
/// 127: sums[t * rows + r] = sum_k weights[r][k] * activations[t][k]. Rows are shared out to the threads of `pool`;
/// rows that `index_zero_rows` found to be zero are not read. Throws std::invalid_argument when sizes do not fit one
/// another, cols exceed kMaxCols, the storage has been released or `isa` is not available.
void ternary_gemm(const PackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                  std::span<std::int32_t> sums, Isa isa, ThreadPool* pool = nullptr);

/// Sums of `rows` rows from `row` on, of all tokens: sums[t * stride + i] is that of row `row` + i.
struct SumsBlock {
  const std::int32_t* sums;
  std::int64_t stride;
  std::int64_t row;
  std::int64_t rows;
};
/// Called from any of the pool's threads, several at a time; the block is valid during the call.
using TakeSums = std::function<void(const SumsBlock&)>;

/// The product handed on in blocks, each row in one of them, while the sums are in the cache of the thread that made
/// them: for what goes through them once. Throws the same.
void ternary_gemm_blocks(const PackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                         const TakeSums& take, Isa isa, ThreadPool* pool = nullptr);

/// ternary_gemm for one token.
inline void ternary_gemv(const PackedTernary& weights, std::span<const std::int8_t> activations,
                         std::span<std::int32_t> sums, Isa isa, ThreadPool* pool = nullptr) {
  ternary_gemm(weights, activations, 1, sums, isa, pool);
}

/// Bytes of weights that a product by one token's activations (cols) reads from memory.
std::uint64_t bytes_read(const PackedTernary& weights, std::span<const std::int8_t> activations);

/// The size checks of every product; throws std::invalid_argument.
void check_product(std::int64_t rows, std::int64_t cols, std::size_t activations, std::int64_t tokens, std::size_t sums,
                   Isa isa);

}  // namespace ternsim::kernels
