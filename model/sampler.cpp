#include "model/sampler.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "model/numerics.h"

namespace ternsim::model {

std::int32_t greedy(std::span<const float> logits) {
  // max_element returns the first of equal elements.
  return static_cast<std::int32_t>(std::ranges::max_element(logits) - logits.begin());
}

Sampler::Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {
  // Written so that NaN is refused too.
  if (!(options.temperature >= 0 && options.temperature <= 100)) {
    throw RequestError("temperature is " + std::to_string(options.temperature) + ", must be 0 (greedy) to 100");
  }
  if (options.top_k < 0) {
    throw RequestError("top_k is " + std::to_string(options.top_k) + ", must be 0 (all tokens) or more");
  }
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    throw RequestError("top_p is " + std::to_string(options.top_p) + ", must be above 0 and at most 1");
  }
}

std::int32_t Sampler::next(std::span<const float> logits) {
  if (options_.temperature == 0) return greedy(logits);
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) candidates_.emplace_back(logits[i], static_cast<std::int32_t>(i));
  const auto more_probable = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  if (options_.top_k > 0 && options_.top_k < static_cast<std::int64_t>(candidates_.size())) {
    std::partial_sort(candidates_.begin(), candidates_.begin() + options_.top_k, candidates_.end(), more_probable);
    candidates_.resize(static_cast<std::size_t>(options_.top_k));
  } else {
    std::ranges::sort(candidates_, more_probable);
  }

  const double largest = candidates_.front().first;
  double total = 0;
  weights_.clear();
  for (const auto& [logit, id] : candidates_) {
    weights_.push_back(exp_f64((logit - largest) / options_.temperature));
    total += weights_.back();
  }
  std::size_t kept = weights_.size();
  if (options_.top_p < 1) {
    double held = 0;
    for (kept = 0; kept < weights_.size() && held < options_.top_p * total; ++kept) held += weights_[kept];
    total = held;
  }
  double left = random_.uniform() * total;
  for (std::size_t i = 0; i + 1 < kept; ++i) {
    left -= weights_[i];
    if (left < 0) return candidates_[i].second;
  }
  return candidates_[kept - 1].second;
}

}  // namespace ternsim::model
