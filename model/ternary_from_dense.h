#pragma once

#include <cstdint>
#include <optional>

#include "model/tensor_source.h"
#include "model/weights.h"

namespace ternsim::model {

/// How master weights W become codes, one scale a tensor.
enum class WeightScheme {
  Ternary,  ///< absmean: round(W / (s + 1e-5)), halves to even, clipped to -1 ... 1, s = mean |W| (arXiv 2402.17764,
            ///< eq. 1-3)
  Binary    ///< sign(W - mean W), the sign of 0 being -1, s = mean |W| (BitNet v1, arXiv 2310.11453, eq. 1-3)
};

/// Reads a matrix of dense elements as a BitLinear. Values of -s, 0 and +s alone are taken exactly, with scale s.
/// Others are master weights: quantised by `scheme` where one is given, else refused by InputError with the ways out.
/// Means are taken in double, row by row: the same bits on every machine. InputError too on a size that does not fit,
/// and on NaN and infinity.
BitLinearWeights read_dense_ternary(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols,
                                    std::optional<WeightScheme> scheme, kernels::WeightArena* arena = nullptr);
/// Whether -s, 0 and +s are all that such a matrix holds. Throws InputError on NaN and infinity.
bool holds_ternary_values(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols);

}  // namespace ternsim::model
