#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "kernels/repacked_ternary.h"
#include "kernels/thread_pool.h"
#include "model/cpu_engine.h"

namespace ternsim::model {
namespace {

/// Row r has weight +1 at r and -1 at r + 1: sum a[r] - a[r + 1].
kernels::PackedTernary differences(std::int64_t rows, std::int64_t cols) {
  kernels::PackedTernary weights(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r) {
    weights.set_weight(r, r, 1);
    weights.set_weight(r, r + 1, -1);
  }
  return weights;
}

TEST(CpuEngine, TakesRepackedWeightsOnAPool) {
  kernels::ThreadPool pool(2);
  kernels::PackedTernary weights = differences(99, 130);
  const kernels::RepackedTernary columns = repack(weights, kernels::Packing::TwoBitColumns);
  std::vector<std::int8_t> activations(2 * 130);
  for (std::size_t i = 0; i < activations.size(); ++i) activations[i] = static_cast<std::int8_t>(i * i % 251);
  std::vector<std::int32_t> expected;
  for (std::size_t t = 0; t < 2; ++t) {
    for (std::size_t r = 0; r < 99; ++r) {
      expected.push_back(activations[t * 130 + r] - activations[t * 130 + r + 1]);
    }
  }

  CpuEngine engine(kernels::best_isa(), &pool);
  std::vector<std::int32_t> sums(expected.size());
  engine.multiply({weights, activations, 2, 0, "test"}, sums);
  EXPECT_EQ(sums, expected);

  weights.release();  // the columns stand in
  sums.assign(expected.size(), INT32_MIN);
  engine.multiply({weights, activations, 2, 0, "test", &columns}, sums);
  EXPECT_EQ(sums, expected);
  EXPECT_EQ(engine.counters().matmuls, 2U);
  EXPECT_EQ(engine.counters().lane_adds, 2U * 2U * 99U * 130U);
  EXPECT_THROW(engine.multiply({weights, activations, 2, 0, "test"}, sums), std::invalid_argument);
}

TEST(CpuEngine, RefusesRepackedWeightsOfAnotherShape) {
  const kernels::PackedTernary weights = differences(99, 130);
  const kernels::RepackedTernary columns = repack(differences(98, 130), kernels::Packing::TwoBitColumns);
  const std::vector<std::int8_t> activations(130);
  std::vector<std::int32_t> sums(99);
  CpuEngine engine;
  EXPECT_THROW(engine.multiply({weights, activations, 1, 0, "test", &columns}, sums), std::invalid_argument);
}

}  // namespace
}  // namespace ternsim::model
