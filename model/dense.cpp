#include "model/dense.h"

#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/float_ops.h"
#include "model/half.h"

namespace ternsim::model {

void check_dense(const DenseMatrix& matrix, const char* name, std::int64_t rows, std::int64_t cols) {
  if (matrix.rows != rows || matrix.cols != cols) {
    throw InputError(std::string(name) + ": is " + std::to_string(matrix.rows) + " x " + std::to_string(matrix.cols) +
                     ", the model's shape asks for " + std::to_string(rows) + " x " + std::to_string(cols));
  }
  const auto bytes = static_cast<std::size_t>(rows * cols * element_bytes(matrix.type));
  if (matrix.bytes.size() != bytes) {
    throw InputError(std::string(name) + ": holds " + std::to_string(matrix.bytes.size()) + " bytes, its shape takes " +
                     std::to_string(bytes));
  }
  std::vector<float> row(static_cast<std::size_t>(cols));
  for (std::int64_t r = 0; r < rows; ++r) {
    widen_row(matrix, r, row);
    if (!all_finite(row)) throw InputError(std::string(name) + ": row " + std::to_string(r) + " holds NaN or Inf");
  }
}

void widen_row(const DenseMatrix& matrix, std::int64_t r, std::span<float> out) {
  const auto cols = static_cast<std::size_t>(matrix.cols);
  const std::uint8_t* row = matrix.bytes.data() + r * matrix.cols * element_bytes(matrix.type);
  const auto halves = [&](auto widen) {
    for (std::size_t k = 0; k < cols; ++k) {
      std::uint16_t h;
      std::memcpy(&h, row + 2 * k, sizeof h);
      out[k] = widen(h);
    }
  };
  switch (matrix.type) {
    case ElementType::F32:
      std::memcpy(out.data(), row, cols * sizeof(float));
      break;
    case ElementType::F16:
      halves([](std::uint16_t h) { return f16_to_f32(h); });
      break;
    case ElementType::BF16:
      halves([](std::uint16_t h) { return bf16_to_f32(h); });
      break;
  }
}

void dense_product(const DenseMatrix& matrix, std::span<const float> x, std::int64_t tokens, std::span<float> y) {
  std::vector<float> row(static_cast<std::size_t>(matrix.cols));
  for (std::int64_t r = 0; r < matrix.rows; ++r) {
    widen_row(matrix, r, row);
    for (std::int64_t t = 0; t < tokens; ++t) {
      y[t * matrix.rows + r] = tree_dot(row, x.subspan(t * matrix.cols, matrix.cols));
    }
  }
}

}  // namespace ternsim::model
