#pragma once

#include <cstdint>
#include <span>

namespace ternsim::model {

/// Softmax over the router's logits of one token, in place: m = max; e_j = exp(l_j - m); p_j = e_j / tree(e), float32.
/// Returns false when a logit is infinite or NaN; tested before the maximum, which may drop a NaN.
bool router_softmax(std::span<float> logits);

/// Writes the ids of the experts of largest probability, most probable first, of equal ones the lower id first, and
/// their weights: p_j / sum, where sum adds the chosen probabilities in that order in float32. Both outputs have one
/// entry per expert used, at most as many as there are probabilities.
void choose_experts(std::span<const float> probabilities, std::span<std::int32_t> experts, std::span<float> weights);

}  // namespace ternsim::model
