#pragma once

#include <cstdint>
#include <map>

#include "model/graph.h"

namespace ternsim::sim {

/// What is known or assumed of the values that a machine works on, as far as its time depends on them.
struct ValueProfile {
  /// Rows that are not all zero, of BitLinears with fewer of them than rows; by index into Graph::ops. Rows of zeros
  /// are left out by machines that skip them.
  std::map<std::int32_t, std::int64_t> stored_rows;
  /// Share of zeros among the inputs of ffn_down behind a squared ReLU.
  double hidden_zero_share = 0;

  std::int64_t rows(std::int32_t op, std::int64_t all) const {
    const auto it = stored_rows.find(op);
    return it == stored_rows.end() ? all : it->second;
  }
  /// Share of zeros among the inputs of a BitLinear: half of what the top-50 % quantiser of BitNet a4.8 passes on
  /// (arXiv 2411.04965), `hidden_zero_share` in front of ffn_down, else none.
  double zero_inputs(const model::Graph& graph, std::int32_t op, model::Quantiser quantiser) const;
};

/// Significant bits of a quantiser's output.
int bits_of(model::Quantiser quantiser);

}  // namespace ternsim::sim
