#include "sim/program/weight_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace ternsim::sim {

namespace {

std::int64_t round_up(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

std::vector<WeightChunk> cut_rows(const MatrixLayout& matrix, std::int64_t chunk_rows) {
  const std::int64_t row_bytes = matrix.row_bytes(matrix.cols);
  std::vector<WeightChunk> chunks;
  for (std::int64_t row0 = 0; row0 < matrix.rows; row0 += chunk_rows) {
    const std::int64_t rows = std::min(chunk_rows, matrix.rows - row0);
    chunks.push_back({row0, rows, 0, matrix.cols, rows * row_bytes, row0 * row_bytes});
  }
  return chunks;
}

std::vector<WeightChunk> cut_parts(const MatrixLayout& matrix, std::int64_t step, std::int64_t bank,
                                   const AcceleratorConfig& accelerator) {
  const std::int64_t fewest_cols = std::min(matrix.col_step, matrix.cols);
  const std::int64_t least = matrix.row_bytes(fewest_cols) * step;
  if (least > bank) {
    const int banks = accelerator.buffers.weight_banks;
    throw RequestError(
        fmt::format("{}: buffers.weight_bytes {} is too small for {}: {} rows of {} weights take {} bytes, one of {} "
                    "banks holds {}; at least {} are needed",
                    accelerator.where(), accelerator.buffers.weight_bytes, matrix.name, step, fewest_cols, least, banks,
                    bank, banks * least));
  }
  std::int64_t cols = matrix.cols;
  for (std::int64_t parts = 2; matrix.row_bytes(cols) * step > bank; ++parts)
    cols = round_up((matrix.cols + parts - 1) / parts, matrix.col_step);
  const auto parts = static_cast<std::int32_t>((matrix.cols + cols - 1) / cols);
  std::vector<WeightChunk> chunks;
  std::int64_t offset = 0;
  for (std::int64_t row0 = 0; row0 < matrix.rows; row0 += step) {
    const std::int64_t rows = std::min(step, matrix.rows - row0);
    for (std::int32_t part = 0; part < parts; ++part) {
      const std::int64_t col0 = part * cols;
      const std::int64_t width = std::min(cols, matrix.cols - col0);
      const std::int64_t bytes = rows * matrix.row_bytes(width);
      chunks.push_back({row0, rows, col0, width, bytes, offset, part, parts});
      offset += bytes;
    }
  }
  return chunks;
}

}  // namespace

std::vector<WeightChunk> cut(const MatrixLayout& matrix, const AcceleratorConfig& accelerator) {
  const std::int64_t bank = accelerator.buffers.weight_bytes / accelerator.buffers.weight_banks;
  const std::int64_t step = std::min(matrix.row_step, matrix.rows);
  if (step == 0) return {};
  const std::int64_t step_bytes = matrix.row_bytes(matrix.cols) * step;
  const std::int64_t fit = bank / step_bytes * step;
  const std::int64_t given =
      matrix.row_step > 1 ? std::min(accelerator.mapping.chunk_rows, round_up(matrix.rows, step)) : 0;
  if (given > fit)
    throw RequestError(
        fmt::format("{}: mapping.chunk_rows {} does not fit a bank for {}: {} rows do; or raise buffers.weight_bytes",
                    accelerator.where(), accelerator.mapping.chunk_rows, matrix.name, fit));
  if (fit == 0) return cut_parts(matrix, step, bank, accelerator);
  return cut_rows(matrix, given > 0 ? given : fit);
}

std::vector<WeightChunk> cut_resident(const MatrixLayout& matrix, const AcceleratorConfig& accelerator) {
  if (matrix.rows == 0) return {};
  constexpr std::int64_t kPieces = 8;
  std::int64_t rows = accelerator.mapping.chunk_rows;
  if (rows == 0) rows = round_up((matrix.rows + kPieces - 1) / kPieces, matrix.row_step);
  return cut_rows(matrix, std::max(rows, matrix.row_step));
}

}  // namespace ternsim::sim
