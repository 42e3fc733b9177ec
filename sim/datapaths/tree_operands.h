#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/datapaths/weight_rows.h"

namespace ternsim::sim {

/// Rows and activations of a chunk as beats, padded with zeros to whole ones, for bodies that work row by row.
class TreeOperands {
 public:
  /// `gather`: leave zero activations of the single token out, and with them the weights of their columns.
  TreeOperands(const MatmulWork& work, std::span<const std::int8_t> activations, std::int64_t beat_columns,
               bool gather);

  std::int64_t beats() const { return beats_; }
  /// beats() * beat_columns inputs of a token.
  const std::int8_t* inputs(std::int64_t token) const {
    return inputs_.data() + static_cast<std::size_t>(token) * padded_;
  }
  /// As many weights of a stored row, -1, 0 or +1; good until the next call.
  const std::int8_t* row(std::int64_t stored);

 private:
  const MatmulWork& work_;
  std::vector<std::int32_t> gathered_;  // columns of the part that are not zero, when gathering
  bool gather_;
  std::int64_t beats_ = 0;
  std::size_t padded_ = 0;
  std::vector<std::int8_t> inputs_;
  std::vector<std::int8_t> row_;
  std::vector<std::int8_t> whole_row_;
};

/// Calls sum(row weights, inputs) for every stored row and token of the work and adds what it returns to `sums`.
/// Returns the weight-activation pairs that the rows and tokens hold.
template <typename Sum>
std::uint64_t for_each_sum(const MatmulWork& work, TreeOperands& operands, std::span<std::int32_t> sums, Sum sum) {
  std::uint64_t pairs = 0;
  for (std::int64_t r = work.row0; r < work.row0 + work.rows; ++r) {
    const std::int8_t* weights = operands.row(r);
    const std::int64_t row = work.matrix_row(r);
    for (std::int64_t t = 0; t < work.tokens; ++t) {
      sums[static_cast<std::size_t>(t * work.weights->rows() + row)] += sum(weights, operands.inputs(t));
      pairs += static_cast<std::uint64_t>(work.cols);
    }
  }
  return pairs;
}

}  // namespace ternsim::sim
