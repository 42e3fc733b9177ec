#pragma once

#include <utility>
#include <vector>

#include "cosim/rtl_vectors.h"
#include "rtl/engine_streams.h"

namespace ternsim::rtl_test {

/// A product with its packed weights and a place for its sums, which an engine's job points to: it must not move.
struct Work {
  explicit Work(Vector v)
      : vector(std::move(v)),
        weights(packed(vector)),
        sums(static_cast<std::size_t>(vector.tokens * vector.rows), 0x5A5A5A5A) {}
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  rtl::EngineJob job() { return {&weights, vector.activations, vector.tokens, sums}; }

  Vector vector;
  kernels::PackedTernary weights;
  std::vector<std::int32_t> sums;
};

}  // namespace ternsim::rtl_test
