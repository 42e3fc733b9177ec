#include "model/cpu_engine.h"

#include "kernels/ternary_gemm.h"

namespace ternsim::model {

void CpuEngine::multiply(const Matmul& matmul, std::span<std::int32_t> sums) {
  check(matmul, sums);
  kernels::ternary_gemm(matmul.weights, matmul.activations, matmul.tokens, sums, isa_);
  ++counters_.matmuls;
  ++counters_.tiles;
  counters_.lane_adds += static_cast<std::uint64_t>(matmul.weights.rows()) *
                         static_cast<std::uint64_t>(matmul.weights.cols()) * static_cast<std::uint64_t>(matmul.tokens);
}

}  // namespace ternsim::model
