#include "sim/datapaths/dense_datapath.h"

#include <algorithm>

namespace ternsim::sim {

using energy::Action;
using energy::Part;

std::int64_t DenseDatapath::cycles(const MatmulWork& work) {
  const MatrixGeometry& g = config_.geometry;
  const RowTiles tiles = row_tiles_of(work.rows, g);
  const std::int64_t k_beats = k_beats_of(work, config_);
  const int per_token = token_cycles(work);
  const auto one = [&](std::int64_t rows) {
    return tile_cycles(rows, k_beats, work.tokens, per_token, g.lanes, latency(), config_);
  };
  return tiles.full * one(g.rows) + one(tiles.tail_rows);
}

void DenseDatapath::count(const MatmulWork& work, int accumulator_port_bits, energy::ActionCounts& counts) {
  const int lanes = config_.geometry.lanes;
  const std::int64_t k_beats = k_beats_of(work, config_);
  count_arithmetic(work, k_beats, counts);
  count_weights(work, k_beats, lanes, weight_reads(work, config_), config_, counts);
  const int bits = input_bits(work) + (gathers(work, config_) ? kColumnBits : 0);
  const std::int64_t beats = row_tiles_of(work.rows, config_.geometry).count() * k_beats * work.tokens;
  counts.add(Part::ActivationSram, Action::SramRead, lanes * bits,
             static_cast<std::uint64_t>(beats) * static_cast<std::uint64_t>(lanes * bits));
  count_sums(work, config_.dataflow == Dataflow::WeightStationary ? k_beats : 1, accumulator_port_bits, counts);
}

void count_tree(int lane_bits, const MatrixGeometry& geometry, std::uint64_t times, energy::ActionCounts& counts) {
  for (int level = 0; level < geometry.tree_levels(); ++level)
    counts.add(Part::Matrix, Action::IntAdd, lane_bits + 1 + level,
               times * (static_cast<std::uint64_t>(geometry.lanes) >> (level + 1)));
  counts.add(Part::Matrix, Action::IntAdd, geometry.accumulator_bits, times);
}

void add_tree(int lane_bits, const MatrixGeometry& geometry, std::uint64_t trees, energy::Inventory& inventory) {
  for (int level = 0; level < geometry.tree_levels(); ++level)
    inventory.operators[{Part::Matrix, Action::IntAdd, lane_bits + 1 + level}] +=
        trees * (static_cast<std::uint64_t>(geometry.lanes) >> (level + 1));
  inventory.operators[{Part::Matrix, Action::IntAdd, geometry.accumulator_bits}] += trees;
}

void add_decoders(const MatrixUnitConfig& config, energy::Inventory& inventory) {
  if (config.packing == WeightPacking::Base3 && config.decoder_weights_per_cycle > 0)
    inventory.operators[{Part::Matrix, Action::Base3Decode, 8}] +=
        static_cast<std::uint64_t>(ceil_div(config.decoder_weights_per_cycle, 5));
}

}  // namespace ternsim::sim
