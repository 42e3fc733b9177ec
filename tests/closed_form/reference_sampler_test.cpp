#include "model/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace ternsim::model {
namespace {

std::vector<std::int32_t> draw(const SamplingOptions& options, const std::vector<float>& logits, int n) {
  Sampler sampler(options);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < n; ++i) ids.push_back(sampler.next(logits));
  return ids;
}

TEST(Greedy, TiesGoToTheLowestId) {
  EXPECT_EQ(greedy(std::vector<float>{1, 3, 3, 2}), 1);
  EXPECT_EQ(greedy(std::vector<float>{-1}), 0);
  EXPECT_EQ(draw({}, {0, 5, 5}, 3), (std::vector<std::int32_t>{1, 1, 1}));
}

TEST(Sampler, SameSeedSameTokens) {
  const std::vector<float> logits = {0.1F, 0.4F, 0.2F, -0.3F, 1.0F};
  const SamplingOptions options{0.8, 4, 0.95, 42};
  EXPECT_EQ(draw(options, logits, 200), draw(options, logits, 200));
  SamplingOptions other = options;
  other.seed = 43;
  EXPECT_NE(draw(options, logits, 200), draw(other, logits, 200));
}

TEST(Sampler, TopKKeepsTheLowestIdsOfEqualLogits) {
  for (const std::int32_t id : draw({1.0, 2, 1.0, 7}, {1, 2, 2, 2}, 300)) EXPECT_TRUE(id == 1 || id == 2) << id;
  for (const std::int32_t id : draw({5.0, 1, 1.0, 7}, {1, 2, 3, 2}, 100)) EXPECT_EQ(id, 2);
}

TEST(Sampler, TopPKeepsTheSmallestSetThatHoldsTheShare) {
  // Probabilities 1/2, 1/4, 1/8, 1/8 in the order of ids 2, 0, 1, 3.
  const auto ln2 = static_cast<float>(std::log(2.0));
  const std::vector<float> logits = {-ln2, -2 * ln2, 0, -2 * ln2};
  const auto seen = [&](double p) {
    std::vector<bool> found(4);
    for (const std::int32_t id : draw({1.0, 0, p, 5}, logits, 2000)) found[id] = true;
    return found;
  };
  EXPECT_EQ(seen(0.45), (std::vector<bool>{false, false, true, false}));
  EXPECT_EQ(seen(0.7), (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(seen(0.8), (std::vector<bool>{true, true, true, false}));
  EXPECT_EQ(seen(1.0), (std::vector<bool>{true, true, true, true}));
}

TEST(Sampler, FrequenciesFollowTheTemperature) {
  // At temperature 2, logits 2 ln 3 and 0 stand 3 : 1.
  const auto logit = static_cast<float>(2 * std::log(3.0));
  constexpr int kDraws = 20000;
  int first = 0;
  for (const std::int32_t id : draw({2.0, 0, 1.0, 9}, {logit, 0}, kDraws)) first += id == 0 ? 1 : 0;
  // Standard deviation sqrt(20000 * 3/16) = 61; five of them.
  EXPECT_NEAR(first, kDraws * 3 / 4, 306);
}

TEST(Sampler, OptionsOutOfRangeAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const SamplingOptions& bad :
       {SamplingOptions{-0.1, 0, 1, 0}, SamplingOptions{nan, 0, 1, 0}, SamplingOptions{1, -1, 1, 0},
        SamplingOptions{1, 0, 0, 0}, SamplingOptions{1, 0, 1.1, 0}, SamplingOptions{1, 0, nan, 0}}) {
    EXPECT_THROW(Sampler{bad}, RequestError);
  }
}

}  // namespace
}  // namespace ternsim::model
