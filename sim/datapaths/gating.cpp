#include "sim/datapaths/gating.h"

#include <cmath>

#include "sim/datapaths/adder_tree.h"
#include "sim/datapaths/dense_datapath.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

const std::vector<std::uint64_t>& Gating::of(const MatmulWork& work, std::int64_t k_beats,
                                             const MatrixUnitConfig& config) {
  const int lanes = config.geometry.lanes;
  const auto levels = static_cast<std::size_t>(config.geometry.tree_levels());
  if (work.weights != nullptr && !gathers(work, config))
    return counted_.of(work, [&] {
      std::vector<std::uint64_t> gated(levels + 1, 0);
      std::vector<std::uint64_t> bits(static_cast<std::size_t>(ceil_div(k_beats * lanes, 64)));
      for (std::int64_t r = work.row0; r < work.row0 + work.rows; ++r) {
        nonzero_bits(*work.weights, work.matrix_row(r), work.col0, work.cols, bits);
        count_gated_adds(bits, lanes, k_beats, gated);
      }
      return gated;
    });
  expected_.clear();
  for (const double g : expected_gated_adds(work.zero_weight_share, lanes, k_beats * work.rows))
    expected_.push_back(static_cast<std::uint64_t>(std::llround(g)));
  return expected_;
}

void count_gated_tree(int lane_bits, const MatmulWork& work, std::int64_t k_beats, std::uint64_t uses, Gating& gating,
                      const MatrixUnitConfig& config, energy::ActionCounts& counts) {
  const MatrixGeometry& g = config.geometry;
  const auto beats = static_cast<std::uint64_t>(work.rows * k_beats);
  if (!config.zero_gating) return count_tree(lane_bits, g, beats * uses, counts);
  const std::vector<std::uint64_t>& gated = gating.of(work, k_beats, config);
  const int levels = g.tree_levels();
  for (int j = 0; j <= levels; ++j) {
    const int width = j == levels ? g.accumulator_bits : lane_bits + 1 + j;
    const std::uint64_t all = beats * (j == levels ? 1 : static_cast<std::uint64_t>(g.lanes) >> (j + 1));
    const std::uint64_t idle = gated[static_cast<std::size_t>(j)];
    counts.add(Part::Matrix, Action::IntAdd, width, (all - idle) * uses);
    counts.add(Part::Matrix, Action::IntAddGated, width, idle * uses);
  }
}

}  // namespace ternsim::sim
