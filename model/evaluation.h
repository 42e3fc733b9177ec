#pragma once

#include <span>
#include <string>

#include "base/statistic.h"
#include "model/perplexity.h"

namespace ternsim::model {

/// A model card's figures from the weights themselves, as a results node "evaluation": held-out bits per byte (see
/// score_stories), "zero_weights_by_layer", "zero_weights_by_linear" and "zero_activations" (share of
/// zero int8 inputs in front of each kind of linear, over the scored text).
StatisticNode evaluate(const Model& model, const Tokenize& tokenize, std::span<const std::string> stories);

}  // namespace ternsim::model
