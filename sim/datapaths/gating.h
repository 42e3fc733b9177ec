#pragma once

#include <vector>

#include "sim/datapaths/weight_rows.h"

namespace ternsim::sim {

/// Zero gating of a chunk's adders: which of them see weights of zero under one input. The same for every token and for
/// every cycle in which a beat's weights are used.
class Gating {
 public:
  /// Gated adds for one use of `k_beats` beats of each row of the work, by tree level, the accumulators' last: counted
  /// on the weights, where there are any and no inputs are left out, or expected at the share of zeros.
  const std::vector<std::uint64_t>& of(const MatmulWork& work, std::int64_t k_beats, const MatrixUnitConfig& config);

 private:
  ChunkMemory<std::vector<std::uint64_t>> counted_;
  std::vector<std::uint64_t> expected_;
};

/// Adds a tree with its accumulator to the counts: `uses` of `k_beats` beats of each row, less the gated ones, which
/// are counted apart. `lane_bits` as in count_tree.
void count_gated_tree(int lane_bits, const MatmulWork& work, std::int64_t k_beats, std::uint64_t uses, Gating& gating,
                      const MatrixUnitConfig& config, energy::ActionCounts& counts);

}  // namespace ternsim::sim
