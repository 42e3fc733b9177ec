#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "kernels/packed_ternary.h"

namespace ternsim::sim {

/// The weights of a graph's BitLinears, by index of the operator in Graph::ops. Empty in timing-only runs.
using WeightTable = std::map<std::int32_t, const kernels::PackedTernary*>;

/// What the reference computed in one BitLinear of one pass: the matrix unit takes the activations, computes the sums
/// itself and holds them against these.
struct MatmulRecord {
  std::vector<std::int8_t> activations;  ///< (tokens, cols)
  std::vector<std::int32_t> sums;        ///< (tokens, rows)
};

/// One pass, by index of the operator in Graph::ops.
using PassRecord = std::map<std::int32_t, MatmulRecord>;

}  // namespace ternsim::sim
