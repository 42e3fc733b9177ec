#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "sim/datapaths/datapath.h"

namespace ternsim::test {

/// A matrix unit of 4 rows x 16 lanes x 4 slots, a register behind every level: latency 1 + 4 + 1 = 6. Baselines carry
/// the packing that they run on.
inline sim::MatrixUnitConfig small_unit(sim::DatapathKind kind) {
  sim::MatrixUnitConfig config;
  config.datapath = kind;
  config.geometry.rows = 4;
  config.geometry.lanes = 16;
  config.geometry.slots = 4;
  switch (kind) {
    case sim::DatapathKind::ZeroSkip:
      config.skip_window = 64;
      break;
    case sim::DatapathKind::Lut:
      config.dataflow = sim::Dataflow::TableStationary;
      config.lut_group = 4;
      config.lut_build_adders = 4;
      break;
    case sim::DatapathKind::Int8Mac:
      config.packing = sim::WeightPacking::Int8;
      break;
    case sim::DatapathKind::Fp16Mac:
      config.packing = sim::WeightPacking::Fp16;
      config.activation_bits = 16;
      break;
    case sim::DatapathKind::W4A16Mac:
      config.packing = sim::WeightPacking::Int4Groups;
      config.activation_bits = 16;
      break;
    default:
      break;
  }
  return config;
}

/// A product of this shape without weights.
inline sim::MatmulWork work_of(std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
  sim::MatmulWork work;
  work.rows = rows;
  work.cols = cols;
  work.tokens = tokens;
  return work;
}

inline kernels::PackedTernary random_weights(Random& random, std::int64_t rows, std::int64_t cols, double zero_share) {
  kernels::PackedTernary weights(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < cols; ++k)
      weights.set_weight(r, k, random.uniform() < zero_share ? 0 : (random.below(2) == 0 ? 1 : -1));
  return weights;
}

}  // namespace ternsim::test
