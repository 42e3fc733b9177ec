#include "kernels/ternary_gemm.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/two_bit_product.h"

namespace ternsim::kernels {

void check_product(std::int64_t rows, std::int64_t cols, std::size_t activations, std::int64_t tokens, std::size_t sums,
                   Isa isa) {
  if (cols > kMaxCols) {
    throw std::invalid_argument("ternary_gemm: " + std::to_string(cols) + " columns; at most " +
                                std::to_string(kMaxCols) + " keep the sums within int32");
  }
  if (tokens < 0 || activations != static_cast<std::size_t>(tokens * cols)) {
    throw std::invalid_argument("ternary_gemm: " + std::to_string(activations) + " activations for " +
                                std::to_string(tokens) + " tokens of " + std::to_string(cols) + " columns");
  }
  if (sums != static_cast<std::size_t>(tokens * rows)) {
    throw std::invalid_argument("ternary_gemm: room for " + std::to_string(sums) + " sums, but " +
                                std::to_string(tokens) + " tokens of " + std::to_string(rows) + " rows");
  }
  if (!is_available(isa)) {
    throw std::invalid_argument("ternary_gemm: " + std::string(name_of(isa)) + " is not available here");
  }
}

void ternary_gemm(const PackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                  std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  check_product(weights.rows(), weights.cols(), activations.size(), tokens, sums.size(), isa);
  if (weights.released()) throw std::invalid_argument("ternary_gemm: the matrix has released its storage");
  if (sums.empty()) return;
  if (weights.cols() == 0) {
    std::ranges::fill(sums, 0);
    return;
  }
  const TwoBitBody& body = two_bit_body(isa);
  const PreparedActivations prepared =
      prepare_activations(body, activations, weights.cols(), weights.row_bytes(), tokens, pool);
  for (const std::int32_t r : weights.zero_rows()) {
    for (std::int64_t t = 0; t < tokens; ++t) sums[t * weights.rows() + r] = 0;
  }
  const std::span<const std::int32_t> live = weights.live_rows();
  const bool all = weights.zero_rows().empty();
  multiply_rows(body,
                {.codes = weights.row(0).data(),
                 .row_bytes = weights.row_bytes(),
                 .row_list = all ? nullptr : live.data(),
                 .begin = 0,
                 .end = 0,
                 .count = all ? weights.rows() : static_cast<std::int64_t>(live.size()),
                 .activations = prepared.values,
                 .token_sums = prepared.token_sums,
                 .tokens = tokens,
                 .sums = sums.data(),
                 .sums_stride = weights.rows(),
                 .scratch = nullptr},
                pool);
}

void ternary_gemm_blocks(const PackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                         const TakeSums& take, Isa isa, ThreadPool* pool) {
  check_product(weights.rows(), weights.cols(), activations.size(), tokens,
                static_cast<std::size_t>(tokens * weights.rows()), isa);
  if (weights.released()) throw std::invalid_argument("ternary_gemm: the matrix has released its storage");
  if (tokens == 0 || weights.rows() == 0) return;
  if (weights.cols() == 0) {
    const std::vector<std::int32_t> zeros(static_cast<std::size_t>(tokens));
    for (std::int64_t r = 0; r < weights.rows(); ++r) take({zeros.data(), 1, r, 1});
    return;
  }
  const TwoBitBody& body = two_bit_body(isa);
  const PreparedActivations prepared =
      prepare_activations(body, activations, weights.cols(), weights.row_bytes(), tokens, pool);
  multiply_blocks(body, weights, prepared, tokens, take, pool);
}

std::uint64_t bytes_read(const PackedTernary& weights, std::span<const std::int8_t> activations) {
  static_cast<void>(activations);  // every input's codes are read
  const auto rows = weights.rows() - static_cast<std::int64_t>(weights.zero_rows().size());
  return static_cast<std::uint64_t>(rows * weights.row_bytes());
}

}  // namespace ternsim::kernels
