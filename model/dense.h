#pragma once

#include <cstdint>
#include <span>

#include "kernels/thread_pool.h"
#include "model/weights.h"

namespace ternsim::model {

/// Throws InputError naming `name` unless the matrix has this shape and as many bytes as that takes, all of them finite
/// numbers; of blocks with scales, the scales.
void check_dense(const DenseMatrix& matrix, const char* name, std::int64_t rows, std::int64_t cols,
                 kernels::ThreadPool* pool = nullptr);

/// Parts of a head that each thread gets: where another program holds one up, the others take more of them.
inline constexpr int kHeadPieces = 16;

/// Row r as float32, exactly; `out` is (cols).
void widen_row(const DenseMatrix& matrix, std::int64_t r, std::span<float> out);

/// y[t][r] = tree(row_r * x_t) in float32; with blocks of scales as quantised_head.h defines it. x is (tokens, cols), y
/// is (tokens, rows).
void dense_product(const DenseMatrix& matrix, std::span<const float> x, std::int64_t tokens, std::span<float> y,
                   kernels::ThreadPool* pool = nullptr);

}  // namespace ternsim::model
