#pragma once

#include <vector>

#include "model/graph.h"
#include "model/weights.h"

namespace ternsim::model {

/// An operator with the weights that it uses; the others are null. An expert's operator has those of every expert:
/// which one a token takes is known when it runs.
struct BoundOp {
  const Op* op = nullptr;
  const BitLinearWeights* linear = nullptr;
  const std::vector<float>* gain = nullptr;
  const DenseMatrix* dense = nullptr;
  std::vector<const BitLinearWeights*> experts;         ///< by expert
  std::vector<const std::vector<float>*> expert_gains;  ///< by expert
};

/// Finds each operator's weights in the model by the operator's name. Pointers are into `graph` and `model`, which must
/// outlive the result. Throws InputError naming the tensor when a shape differs from the graph's, a scale, norm or
/// dense matrix is not finite, blocks or experts are missing, or a tensor is there for which the shape has no use.
std::vector<BoundOp> bind_weights(const Graph& graph, const Model& model);

}  // namespace ternsim::model
