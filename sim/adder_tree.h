#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/packed_ternary.h"

namespace ternsim::sim {

/// The matrix unit's own arithmetic, as the hardware does it: each lane selects +a, 0 or -a by its code, and a binary
/// tree adds the lanes up. Shares no code with `kernels/`.
class AdderTree {
 public:
  /// `lanes` is a power of two.
  explicit AdderTree(int lanes);
  /// The tree's sum over one beat. Both spans hold `lanes` values; weights are -1, 0 or +1.
  std::int32_t sum(const std::int8_t* weights, const std::int8_t* activations);

 private:
  int lanes_;
  std::vector<std::int32_t> nodes_;
};

/// How many of a row's adds are gated, level by level: an adder is gated when the weights under one of its inputs are
/// all zero, so that its output is the other input unchanged. Padding lanes count as zero weights.
///
/// Entry [j] is for tree level j (0 = the leaves' adders), the last entry for the accumulator (the whole beat is zero).
std::vector<std::uint32_t> gated_adds(const kernels::PackedTernary& weights, std::int64_t row, int lanes);
/// The expectation of the same for `beats` beats of weights that are zero independently with probability `zero_share`.
std::vector<double> expected_gated_adds(double zero_share, int lanes, std::int64_t beats);

}  // namespace ternsim::sim
