#pragma once

#include <vector>

#include "model/graph.h"
#include "model/weights.h"

namespace ternsim::model {

/// An operator with the weights that it uses; the others are null.
struct BoundOp {
  const Op* op = nullptr;
  const BitLinearWeights* linear = nullptr;
  const std::vector<float>* gain = nullptr;
  const DenseMatrix* dense = nullptr;
};

/// Finds each operator's weights in the model by the operator's name. Pointers are into `graph` and `model`, which must
/// outlive the result. Throws InputError naming the tensor when a shape differs from the graph's, a scale, norm or
/// embedding is not finite, or blocks are missing.
std::vector<BoundOp> bind_weights(const Graph& graph, const Model& model);

}  // namespace ternsim::model
