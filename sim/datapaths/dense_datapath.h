#pragma once

#include "sim/datapaths/beats.h"
#include "sim/datapaths/datapath.h"

namespace ternsim::sim {

/// What the datapaths have in common in which every weight takes a lane: a beat of `lanes` inputs by `rows` rows.
///
///     cycles = sum over row tiles of tile_cycles(rows of the tile, ceil(active columns / lanes), tokens, token_cycles)
///
/// Weights are read once per weight_reads(); the inputs of a beat once per row tile; sums leave the array once, or,
/// where weights are stationary, with every beat.
class DenseDatapath : public Datapath {
 public:
  using Datapath::Datapath;
  std::int64_t cycles(const MatmulWork& work) final;
  void count(const MatmulWork& work, int accumulator_port_bits, energy::ActionCounts& counts) final;

 protected:
  /// Cycles in which a beat serves one token.
  virtual int token_cycles(const MatmulWork&) const { return 1; }
  /// Bits of one input on its way into the array.
  virtual int input_bits(const MatmulWork&) const { return config_.activation_bits; }
  /// Adds the arithmetic: `k_beats` beats of every row of the work, for every token.
  virtual void count_arithmetic(const MatmulWork& work, std::int64_t k_beats, energy::ActionCounts& counts) = 0;
};

/// Adds a binary tree over `lanes` values of `lane_bits` bits and the accumulator behind it to counts, `times` over:
/// lanes / 2 additions of lane_bits + 1 bits, lanes / 4 of one more, ..., and one of accumulator_bits.
void count_tree(int lane_bits, const MatrixGeometry& geometry, std::uint64_t times, energy::ActionCounts& counts);
/// The same as operators on the die.
void add_tree(int lane_bits, const MatrixGeometry& geometry, std::uint64_t trees, energy::Inventory& inventory);
/// The decoders of 1.6-bit weights, where the machine has them: one per five weights a cycle.
void add_decoders(const MatrixUnitConfig& config, energy::Inventory& inventory);

}  // namespace ternsim::sim
