#include "model/matrix_engine.h"

#include <stdexcept>
#include <string>

namespace ternsim::model {

void MatrixEngine::check(const Matmul& matmul, std::span<std::int32_t> sums) {
  const kernels::PackedTernary& w = matmul.weights;
  const std::string where = std::string(matmul.name) + " (" + std::to_string(w.rows()) + " x " +
                            std::to_string(w.cols()) + ", " + std::to_string(matmul.tokens) + " tokens): ";
  if (matmul.tokens < 1 || w.rows() < 1 || w.cols() < 1) {
    throw std::invalid_argument(where + "rows, columns and tokens must be positive");
  }
  if (matmul.activations.size() != static_cast<std::size_t>(matmul.tokens * w.cols())) {
    throw std::invalid_argument(where + std::to_string(matmul.activations.size()) + " activations given");
  }
  if (sums.size() != static_cast<std::size_t>(matmul.tokens * w.rows())) {
    throw std::invalid_argument(where + "room for " + std::to_string(sums.size()) + " sums given");
  }
}

}  // namespace ternsim::model
