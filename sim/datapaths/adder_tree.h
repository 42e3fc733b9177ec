#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ternsim::sim {

/// The matrix unit's own arithmetic, as the hardware does it: each lane selects +a, 0 or -a by its code, and a binary
/// tree adds the lanes up. Shares no code with `kernels/`.
class AdderTree {
 public:
  /// `lanes` is a power of two up to 1024.
  explicit AdderTree(int lanes) : lanes_(lanes) {}
  /// Sums of `beats` beats, each by a tree of its own, added up by the accumulator. Both arrays hold beats * lanes
  /// values; weights are -1, 0 or +1.
  std::int32_t sum(const std::int8_t* weights, const std::int8_t* activations, std::int64_t beats = 1);

 private:
  std::int64_t lanes_;
  std::vector<std::int16_t> nodes_;
  std::vector<std::int16_t> next_;
  std::vector<std::int32_t> wide_;
};

/// Adds that zero gating saves in the beats of one row: an adder is gated when the weights under one of its inputs are
/// all zero, so that its output is the other input unchanged. Padding lanes count as zero weights.
///
/// `bits` has one bit a column, set where the weight is not zero (nonzero_bits). Adds to gated[j] for tree level j (0 =
/// the leaves' adders), and to the last entry, at log2(lanes), for the accumulator (the whole beat is zero).
void count_gated_adds(std::span<const std::uint64_t> bits, int lanes, std::int64_t beats,
                      std::span<std::uint64_t> gated);
/// The expectation of the same for `beats` beats of weights that are zero independently with probability `zero_share`.
std::vector<double> expected_gated_adds(double zero_share, int lanes, std::int64_t beats);

}  // namespace ternsim::sim
