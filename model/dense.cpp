#include "model/dense.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/float_ops.h"
#include "model/float_ops_dispatch.h"
#include "model/quantised_head.h"

namespace ternsim::model {

namespace {

template <typename Piece>
void share_rows(kernels::ThreadPool* pool, std::int64_t rows, std::int64_t grain, int pieces, const Piece& piece) {
  if (pool == nullptr) {
    piece(std::int64_t{0}, rows);
  } else {
    pool->parallel_for(rows, grain, std::cref(piece), pieces);
  }
}

}  // namespace

void check_dense(const DenseMatrix& matrix, const char* name, std::int64_t rows, std::int64_t cols,
                 kernels::ThreadPool* pool) {
  if (matrix.rows != rows || matrix.cols != cols) {
    throw InputError(std::string(name) + ": is " + std::to_string(matrix.rows) + " x " + std::to_string(matrix.cols) +
                     ", the model's shape asks for " + std::to_string(rows) + " x " + std::to_string(cols));
  }
  if (cols % block_elements(matrix.type) != 0) {
    throw InputError(std::string(name) + ": rows of " + std::to_string(cols) + " are no whole blocks of " +
                     std::string(name_of(matrix.type)));
  }
  const auto bytes = static_cast<std::size_t>(rows * row_bytes(matrix.type, cols));
  if (matrix.bytes.size() != bytes) {
    throw InputError(std::string(name) + ": holds " + std::to_string(matrix.bytes.size()) + " bytes, its shape takes " +
                     std::to_string(bytes));
  }
  share_rows(pool, rows, 64, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> row(static_cast<std::size_t>(cols));
    for (std::int64_t r = begin; r < end; ++r) {
      if (is_quantised(matrix.type)) {
        if (scales_are_finite(matrix, r)) continue;
        throw InputError(std::string(name) + ": row " + std::to_string(r) + " has a scale that is NaN or Inf");
      }
      widen_row(matrix, r, row);
      if (!all_finite(row)) throw InputError(std::string(name) + ": row " + std::to_string(r) + " holds NaN or Inf");
    }
  });
}

void widen_row(const DenseMatrix& matrix, std::int64_t r, std::span<float> out) {
  const auto cols = static_cast<std::size_t>(matrix.cols);
  const std::uint8_t* row = matrix.bytes.data() + r * row_bytes(matrix.type, matrix.cols);
  switch (matrix.type) {
    case ElementType::F32:
      std::memcpy(out.data(), row, cols * sizeof(float));
      break;
    case ElementType::F16:
      float_bodies().widen_f16(row, out.data(), cols);
      break;
    case ElementType::BF16:
      float_bodies().widen_bf16(row, out.data(), cols);
      break;
    case ElementType::Q4_0:
    case ElementType::Q8_0:
    case ElementType::Q6_K:
      widen_quantised_row(matrix, r, out);
      break;
  }
}

void dense_product(const DenseMatrix& matrix, std::span<const float> x, std::int64_t tokens, std::span<float> y,
                   kernels::ThreadPool* pool) {
  if (is_quantised(matrix.type)) return quantised_product(matrix, x, tokens, y, pool);
  const FloatBodies& bodies = float_bodies();
  const auto rows_by_token = matrix.type == ElementType::F32   ? bodies.rows_f32
                             : matrix.type == ElementType::F16 ? bodies.rows_f16
                                                               : bodies.rows_bf16;
  const std::int64_t bytes = row_bytes(matrix.type, matrix.cols);
  const auto cols = static_cast<std::size_t>(matrix.cols);
  // Rows that stay in the second-level cache while every token takes them.
  constexpr std::int64_t kPanel = 64;
  share_rows(pool, matrix.rows, kPanel, kHeadPieces, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t step = tokens == 1 ? end - begin : kPanel;
    for (std::int64_t r = begin; r < end; r += step) {
      for (std::int64_t t = 0; t < tokens; ++t) {
        rows_by_token({matrix.bytes.data() + r * bytes, bytes, std::min(step, end - r), x.data() + t * matrix.cols,
                       cols, y.data() + t * matrix.rows + r});
      }
    }
  });
}

}  // namespace ternsim::model
