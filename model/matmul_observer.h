#pragma once

#include <cstdint>
#include <span>

#include "model/matrix_engine.h"

namespace ternsim::model {

/// Sees every integer matrix product of an inference, after the engine and before the dequantisation.
///
/// Contract: `sums` is (tokens, rows) and may be changed (fault injection does); what stands there afterwards is what
/// the inference goes on with. The spans are valid during the call only.
class MatmulObserver {
 public:
  virtual ~MatmulObserver() = default;
  virtual void on_matmul(const Matmul& matmul, std::span<std::int32_t> sums) = 0;
};

}  // namespace ternsim::model
