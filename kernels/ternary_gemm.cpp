#include "kernels/ternary_gemm.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/gemm_bodies.h"

namespace ternsim::kernels {

namespace {

void check(const PackedTernary& weights, std::size_t activations, std::int64_t tokens, std::size_t sums, Isa isa) {
  if (weights.cols() > kMaxCols) {
    throw std::invalid_argument("ternary_gemm: " + std::to_string(weights.cols()) + " columns; at most " +
                                std::to_string(kMaxCols) + " keep the sums within int32");
  }
  if (tokens < 0 || activations != static_cast<std::size_t>(tokens * weights.cols())) {
    throw std::invalid_argument("ternary_gemm: " + std::to_string(activations) + " activations for " +
                                std::to_string(tokens) + " tokens of " + std::to_string(weights.cols()) + " columns");
  }
  if (sums != static_cast<std::size_t>(tokens * weights.rows())) {
    throw std::invalid_argument("ternary_gemm: room for " + std::to_string(sums) + " sums, but " +
                                std::to_string(tokens) + " tokens of " + std::to_string(weights.rows()) + " rows");
  }
  if (!is_available(isa)) {
    throw std::invalid_argument("ternary_gemm: " + std::string(name_of(isa)) + " is not available here");
  }
}

}  // namespace

void ternary_gemm(const PackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                  std::span<std::int32_t> sums, Isa isa) {
  check(weights, activations.size(), tokens, sums.size(), isa);
  if (sums.empty()) return;
  if (weights.cols() == 0) {
    std::ranges::fill(sums, 0);
    return;
  }

  std::vector<std::int32_t> token_sums(static_cast<std::size_t>(tokens));
  for (std::int64_t t = 0; t < tokens; ++t) {
    std::int32_t sum = 0;
    for (const std::int8_t a : activations.subspan(t * weights.cols(), weights.cols())) sum += a;
    token_sums[t] = sum;
  }
  std::vector<std::int8_t> padded;
  const std::int8_t* data = activations.data();
  if (weights.cols() != weights.padded_cols()) {
    padded.resize(static_cast<std::size_t>(tokens * weights.padded_cols()));
    for (std::int64_t t = 0; t < tokens; ++t) {
      std::ranges::copy(activations.subspan(t * weights.cols(), weights.cols()),
                        padded.begin() + t * weights.padded_cols());
    }
    data = padded.data();
  }
  const GemmArguments arguments{weights.row(0).data(), weights.rows(), weights.row_bytes(), data,
                                token_sums.data(),     tokens,         sums.data()};
  switch (isa) {
    case Isa::Scalar:
      gemm_scalar(arguments);
      break;
    case Isa::Avx2:
#ifdef TERNSIM_HAS_AVX2
      gemm_avx2(arguments);
#endif
      break;
  }
}

}  // namespace ternsim::kernels
