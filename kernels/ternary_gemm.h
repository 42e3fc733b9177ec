#pragma once

#include <cstdint>
#include <span>

#include "kernels/dispatch.h"
#include "kernels/packed_ternary.h"

namespace ternsim::kernels {

/// Widest row that the kernels take: the sums of codes (0..2) by int8, four-fold, stay within int32 up to here.
inline constexpr std::int64_t kMaxCols = std::int64_t{1} << 20;

/// Exact product of a ternary matrix (rows, cols) by int8 activations (tokens, cols), row-major, any value from -128 to
/// 127: sums[t * rows + r] = sum_k weights[r][k] * activations[t][k]. Throws std::invalid_argument when sizes do not
/// fit one another, cols exceed kMaxCols or `isa` is not available.
void ternary_gemm(const PackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                  std::span<std::int32_t> sums, Isa isa);

/// The same for one token.
inline void ternary_gemv(const PackedTernary& weights, std::span<const std::int8_t> activations,
                         std::span<std::int32_t> sums, Isa isa) {
  ternary_gemm(weights, activations, 1, sums, isa);
}

}  // namespace ternsim::kernels
