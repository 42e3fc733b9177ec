#include "model/expert_routing.h"

#include <algorithm>

#include "model/float_ops.h"
#include "model/numerics.h"

namespace ternsim::model {

bool router_softmax(std::span<float> logits) {
  if (!all_finite(logits)) return false;
  const float largest = *std::ranges::max_element(logits);
  for (float& x : logits) x = exp_f32(x - largest);
  const float z = tree_sum(logits);
  for (float& x : logits) x = x / z;
  return true;
}

void choose_experts(std::span<const float> probabilities, std::span<std::int32_t> experts, std::span<float> weights) {
  const auto taken = [&](std::size_t rank, std::int32_t id) {
    const std::span<const std::int32_t> before = experts.first(rank);
    return std::ranges::find(before, id) != before.end();
  };
  float sum = 0.0F;
  for (std::size_t rank = 0; rank < experts.size(); ++rank) {
    std::int32_t best = -1;
    for (std::int32_t id = 0; id < static_cast<std::int32_t>(probabilities.size()); ++id) {
      if (taken(rank, id)) continue;
      if (best < 0 || probabilities[id] > probabilities[best]) best = id;
    }
    experts[rank] = best;
    weights[rank] = probabilities[best];
    sum += weights[rank];
  }
  for (float& w : weights) w = w / sum;
}

}  // namespace ternsim::model
