#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// One load of weights: some rows of a matrix, all of K or a part of it.
struct WeightChunk {
  std::int64_t row0 = 0, rows = 0;
  std::int64_t col0 = 0, cols = 0;
  std::int64_t bytes = 0;
  std::int64_t offset = 0;  ///< of its first byte within the matrix
  std::int32_t part = 0, parts = 1;
};

/// How a matrix is cut.
struct MatrixLayout {
  std::string name;       ///< for messages
  std::int64_t rows = 0;  ///< stored rows
  std::int64_t cols = 0;
  std::int64_t row_step = 1;                            ///< rows go in multiples of this
  std::int64_t col_step = 1;                            ///< parts of K begin on multiples of this
  std::function<std::int64_t(std::int64_t)> row_bytes;  ///< bytes of so many columns of a row
};

/// The chunks of a matrix in order: as many whole row steps as fit a bank of the weight SRAM, or `mapping.chunk_rows`
/// rows of a linear layer; where not even one step fits, each in the fewest equal parts of K. Parts stand behind one
/// another in memory. Throws RequestError when the smallest part of a row step, or the rows asked for, do not fit.
std::vector<WeightChunk> cut(const MatrixLayout& matrix, const AcceleratorConfig& accelerator);

/// The chunks of a matrix in the on-chip store, which no bank limits: a few, so that what follows can begin early.
std::vector<WeightChunk> cut_resident(const MatrixLayout& matrix, const AcceleratorConfig& accelerator);

}  // namespace ternsim::sim
