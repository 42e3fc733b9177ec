#include "sim/program/value_profile.h"

#include <algorithm>

namespace ternsim::sim {

int bits_of(model::Quantiser quantiser) {
  return quantiser == model::Quantiser::AbsmeanInt4 || quantiser == model::Quantiser::HadamardAbsmeanInt4 ? 4 : 8;
}

double ValueProfile::zero_inputs(const model::Graph& graph, std::int32_t op, model::Quantiser quantiser) const {
  double share = quantiser == model::Quantiser::HalfAbsmaxInt8 ? 0.5 : 0.0;
  // A Hadamard transform leaves no zeros of the activation behind.
  if (graph.ops[static_cast<std::size_t>(op)].name.find("ffn_down") != std::string::npos &&
      graph.shape.ffn_activation == model::FfnActivation::SquaredRelu &&
      quantiser != model::Quantiser::HadamardAbsmeanInt4)
    share = std::max(share, hidden_zero_share);
  return share;
}

}  // namespace ternsim::sim
