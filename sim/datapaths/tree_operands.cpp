#include "sim/datapaths/tree_operands.h"

#include <algorithm>

#include "sim/datapaths/beats.h"

namespace ternsim::sim {

TreeOperands::TreeOperands(const MatmulWork& work, std::span<const std::int8_t> activations, std::int64_t beat_columns,
                           bool gather)
    : work_(work), gather_(gather) {
  const std::int64_t stride = work.weights->cols();
  if (gather) {
    for (std::int64_t k = 0; k < work.cols; ++k)
      if (activations[static_cast<std::size_t>(work.col0 + k)] != 0) gathered_.push_back(static_cast<std::int32_t>(k));
  }
  const auto active = gather ? static_cast<std::int64_t>(gathered_.size()) : work.cols;
  beats_ = ceil_div(std::max<std::int64_t>(active, 1), beat_columns);
  padded_ = static_cast<std::size_t>(beats_ * beat_columns);
  inputs_.assign(padded_ * static_cast<std::size_t>(work.tokens), 0);
  for (std::int64_t t = 0; t < work.tokens; ++t) {
    const std::int8_t* from = activations.data() + t * stride + work.col0;
    std::int8_t* to = inputs_.data() + static_cast<std::size_t>(t) * padded_;
    if (gather)
      std::ranges::transform(gathered_, to, [from](std::int32_t k) { return from[k]; });
    else
      std::copy_n(from, work.cols, to);
  }
  row_.resize(padded_);
  if (gather) whole_row_.resize(static_cast<std::size_t>(work.cols));
}

const std::int8_t* TreeOperands::row(std::int64_t stored) {
  const std::int64_t row = work_.matrix_row(stored);
  if (!gather_) {
    decode_row(*work_.weights, row, work_.col0, work_.cols, row_);
    return row_.data();
  }
  decode_row(*work_.weights, row, work_.col0, work_.cols, whole_row_);
  std::ranges::transform(gathered_, row_.begin(),
                         [this](std::int32_t k) { return whole_row_[static_cast<std::size_t>(k)]; });
  return row_.data();
}

}  // namespace ternsim::sim
