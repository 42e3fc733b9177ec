#include "model/cpu_engine.h"

#include <stdexcept>
#include <string>

#include "kernels/ternary_gemm.h"

namespace ternsim::model {

void CpuEngine::multiply(const Matmul& matmul, std::span<std::int32_t> sums) {
  check(matmul, sums);
  if (matmul.repacked != nullptr) {
    if (matmul.repacked->rows() != matmul.weights.rows() || matmul.repacked->cols() != matmul.weights.cols()) {
      throw std::invalid_argument(std::string(matmul.name) + ": the repacked weights have another shape");
    }
    kernels::ternary_gemm(*matmul.repacked, matmul.activations, matmul.tokens, sums, isa_, pool_);
  } else {
    kernels::ternary_gemm(matmul.weights, matmul.activations, matmul.tokens, sums, isa_, pool_);
  }
  count(matmul);
}

bool CpuEngine::multiply_blocks(const Matmul& matmul, const kernels::TakeSums& take) {
  if (matmul.repacked != nullptr) return false;
  check(matmul);
  kernels::ternary_gemm_blocks(matmul.weights, matmul.activations, matmul.tokens, take, isa_, pool_);
  count(matmul);
  return true;
}

void CpuEngine::count(const Matmul& matmul) {
  ++counters_.matmuls;
  ++counters_.tiles;
  counters_.lane_adds += static_cast<std::uint64_t>(matmul.weights.rows()) *
                         static_cast<std::uint64_t>(matmul.weights.cols()) * static_cast<std::uint64_t>(matmul.tokens);
}

}  // namespace ternsim::model
