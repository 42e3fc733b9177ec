#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"

namespace ternsim::model {

struct SamplingOptions {
  double temperature = 0;  ///< 0: greedy
  std::int64_t top_k = 0;  ///< only the k most probable tokens; 0: all
  double top_p = 1;        ///< only the smallest set of most probable tokens that holds this share of probability
  std::uint64_t seed = 0;
};

/// The token of the largest logit; of equal ones the lowest id.
std::int32_t greedy(std::span<const float> logits);

/// Draws tokens; the same options and logits give the same tokens on every machine. In order: top_k on the logits (ties
/// to the lower id), softmax at the temperature, top_p on what that leaves, one draw.
class Sampler {
 public:
  /// Throws RequestError unless temperature is 0 to 100, top_k not negative and 0 < top_p <= 1.
  explicit Sampler(const SamplingOptions& options);
  /// Logits are finite and at least one.
  std::int32_t next(std::span<const float> logits);

 private:
  SamplingOptions options_;
  Random random_;
  std::vector<std::pair<float, std::int32_t>> candidates_;  ///< (logit, id)
  std::vector<double> weights_;
};

}  // namespace ternsim::model
