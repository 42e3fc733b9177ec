#include "model/matrix_engine.h"

#include <stdexcept>
#include <string>

namespace ternsim::model {

namespace {

std::string where(const Matmul& matmul) {
  return std::string(matmul.name) + " (" + std::to_string(matmul.weights.rows()) + " x " +
         std::to_string(matmul.weights.cols()) + ", " + std::to_string(matmul.tokens) + " tokens): ";
}

}  // namespace

void MatrixEngine::check(const Matmul& matmul) {
  const kernels::PackedTernary& w = matmul.weights;
  if (matmul.tokens < 1 || w.rows() < 1 || w.cols() < 1) {
    throw std::invalid_argument(where(matmul) + "rows, columns and tokens must be positive");
  }
  if (matmul.activations.size() != static_cast<std::size_t>(matmul.tokens * w.cols())) {
    throw std::invalid_argument(where(matmul) + std::to_string(matmul.activations.size()) + " activations given");
  }
}

void MatrixEngine::check(const Matmul& matmul, std::span<std::int32_t> sums) {
  check(matmul);
  if (sums.size() != static_cast<std::size_t>(matmul.tokens * matmul.weights.rows())) {
    throw std::invalid_argument(where(matmul) + "room for " + std::to_string(sums.size()) + " sums given");
  }
}

}  // namespace ternsim::model
