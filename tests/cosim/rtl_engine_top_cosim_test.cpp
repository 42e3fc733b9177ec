// The whole Verilated engine, driven through its registers and streams, against naive integer sums.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "cosim/rtl_vectors.h"
#include "cosim/rtl_work.h"
#include "rtl/engine_driver.h"
#include "tests/soak.h"

namespace ternsim::rtl_test {
namespace {

namespace status = rtl::engine_status;
using rtl::EngineDriver;
using rtl::EngineRegister;

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) out.push_back(g.unit.name);
  return out;
}

class RtlEngineTop : public testing::TestWithParam<std::string> {
 protected:
  Vector any(Random& random, std::int64_t blocks) {
    const sim::MatrixGeometry& g = geometry_.unit;
    const auto up_to = [&](std::int64_t n) {
      return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
    };
    return random_vector(GetParam(), up_to(3 * g.rows + 2), up_to(blocks * g.lanes), up_to(2 * g.slots + 2),
                         random.next());
  }
  /// Random pins from none to very unwilling.
  static rtl::Disturbance any_disturbance(Random& random) {
    return {.seed = random.next(), .input_gap = 0.8 * random.uniform(), .output_stall = 0.8 * random.uniform()};
  }

  const sim::EngineGeometry geometry_ = rtl::VerilatedEngine::make(GetParam())->geometry();
};
INSTANTIATE_TEST_SUITE_P(Configs, RtlEngineTop, testing::ValuesIn(names()),
                         [](const auto& config) { return config.param; });

TEST(RtlEngineTopBuild, EveryConfigurationOfTheYamlIsCompiledInWithItsParameters) {
  const auto yaml = sim::load_rtl_engines(std::filesystem::path(TERNSIM_SOURCE_DIR) / "rtl/configs.yaml");
  const auto built = rtl::VerilatedEngine::geometries();
  ASSERT_EQ(built.size(), yaml.size());
  for (std::size_t i = 0; i < yaml.size(); ++i) {
    EXPECT_EQ(built[i].unit.name, yaml[i].unit.name);
    EXPECT_EQ(built[i].unit.rows, yaml[i].unit.rows);
    EXPECT_EQ(built[i].unit.lanes, yaml[i].unit.lanes);
    EXPECT_EQ(built[i].unit.slots, yaml[i].unit.slots);
    EXPECT_EQ(built[i].unit.latency(), yaml[i].unit.latency());
    EXPECT_EQ(built[i].unit.accumulator_bits, yaml[i].unit.accumulator_bits);
    EXPECT_EQ(built[i].weight_depth, yaml[i].weight_depth);
    EXPECT_EQ(built[i].activation_depth, yaml[i].activation_depth);
    EXPECT_EQ(built[i].queue_depth, yaml[i].queue_depth);
    EXPECT_EQ(built[i].weight_packing, yaml[i].weight_packing);
  }
}

// Shapes with every kind of tail, K up to 512 or more, on one engine that is never reset, with gaps and back-pressure
// on every port.
TEST_P(RtlEngineTop, RandomProducts) {
  Random random(41);
  EngineDriver engine(GetParam(), {.seed = 42, .input_gap = 0.25, .output_stall = 0.25});
  for (int n = 0; n < test::rounds(25); ++n) {
    Work work(any(random, std::max(5, 512 / geometry_.unit.lanes)));
    engine.multiply({work.weights, work.vector.activations, work.vector.tokens, 0, "random"}, work.sums);
    ASSERT_EQ(work.sums, naive_sums(work.vector)) << "product " << n;
  }
}

// More commands than the queue holds, started while others run; the willingness of both sides changes every round.
TEST_P(RtlEngineTop, QueuedCommandsFollowOneAnother) {
  Random random(43);
  for (int round = 0; round < test::rounds(6); ++round) {
    EngineDriver engine(GetParam(), any_disturbance(random));
    engine.run(true);
    std::list<Work> all;
    for (int n = 0; n < 2 * geometry_.queue_depth + 1; ++n) {
      while (engine.read(EngineRegister::QueueLevel) == static_cast<std::uint32_t>(geometry_.queue_depth)) {
        engine.cycle();
      }
      ASSERT_EQ(engine.start(all.emplace_back(any(random, 3)).job()), 0U);
    }
    engine.finish();
    for (const Work& work : all) ASSERT_EQ(work.sums, naive_sums(work.vector)) << "round " << round;
    EXPECT_EQ(engine.read(EngineRegister::DoneCount), all.size());
    EXPECT_EQ(engine.read(EngineRegister::QueueLevel), 0U);
  }
}

// A reset of either kind at a random cycle of a random command; what comes after must be whole.
TEST_P(RtlEngineTop, ResetsInTheMiddleLeaveNothingBehind) {
  Random random(47);
  EngineDriver engine(GetParam(), {.seed = 48, .input_gap = 0.2, .output_stall = 0.3});
  for (int round = 0; round < test::rounds(25); ++round) {
    Work dropped(any(random, 3));
    Work behind(any(random, 3));
    engine.run(true);
    ASSERT_EQ(engine.start(dropped.job()), 0U);
    ASSERT_EQ(engine.start(behind.job()), 0U);
    for (auto cycles = random.below(60); cycles > 0; --cycles) engine.cycle();
    if (round % 2 == 0) {
      engine.reset();
      EXPECT_EQ(engine.read(EngineRegister::BusyCycles), 0U);
    } else {
      engine.soft_reset();
    }
    ASSERT_EQ(engine.read(EngineRegister::QueueLevel), 0U);
    Work work(any(random, 3));
    ASSERT_EQ(engine.start(work.job()), 0U);
    engine.run(true);
    engine.finish();
    ASSERT_EQ(work.sums, naive_sums(work.vector)) << "round " << round;
  }
}

// The engine stopped and let go again at random while it works.
TEST_P(RtlEngineTop, StoppingAndGoingOnChangesNoSum) {
  Random random(53);
  EngineDriver engine(GetParam());
  Work work(random_vector(GetParam(), 3 * geometry_.unit.rows, 4 * geometry_.unit.lanes, 3, 54));
  ASSERT_EQ(engine.start(work.job()), 0U);
  for (int n = 0; n < 10; ++n) {
    engine.run(n % 2 == 0);
    for (auto cycles = random.below(4); cycles > 0; --cycles) engine.cycle();
  }
  engine.run(true);
  engine.finish();
  EXPECT_EQ(work.sums, naive_sums(work.vector));
}

// The longest rows and the most tokens that fit: +-128 in every product.
TEST_P(RtlEngineTop, TheLargestCommandsAndSumsAreExact) {
  const std::int64_t cols = geometry_.max_cols();
  const std::int64_t tokens = geometry_.max_tokens(cols);
  EngineDriver engine(GetParam());
  engine.run(true);
  for (const int weight : {-1, 1}) {
    Vector v = random_vector(GetParam(), geometry_.unit.rows, cols, tokens, 1);
    std::ranges::fill(v.weights, static_cast<std::int8_t>(weight));
    std::ranges::fill(v.activations, std::int8_t{-128});
    Work work(v);
    ASSERT_EQ(engine.start(work.job()), 0U);
    engine.finish();
    for (const std::int32_t s : work.sums) ASSERT_EQ(s, -128 * weight * cols);
  }
}

TEST_P(RtlEngineTop, AProductOfMoreTokensThanFitBecomesSeveralCommands) {
  const std::int64_t cols = geometry_.max_cols();
  const std::int64_t tokens = geometry_.max_tokens(cols) * (geometry_.queue_depth + 1) + 1;
  Work work(random_vector(GetParam(), 2, cols, tokens, 3));
  EngineDriver engine(GetParam());
  engine.multiply({work.weights, work.vector.activations, tokens, 0, "long"}, work.sums);
  EXPECT_EQ(work.sums, naive_sums(work.vector));
  EXPECT_EQ(engine.counters().tiles, static_cast<std::uint64_t>(geometry_.queue_depth + 2));
  EXPECT_EQ(engine.counters().lane_adds, static_cast<std::uint64_t>(2 * cols * tokens));
}

// Code 3 in two of the weight transfers: a zero to the sums, seen in STATUS and counted once a transfer, although the
// transfer is used for several groups of tokens. In base3 the whole byte is illegal, and its five weights are zeros.
TEST_P(RtlEngineTop, IllegalCodesCountAsZeroAndAreFlagged) {
  Work work(random_vector(GetParam(), geometry_.unit.rows, 3 * geometry_.unit.lanes, 2 * geometry_.unit.slots + 1, 7));
  const std::int64_t lanes = geometry_.unit.lanes;
  for (const std::int64_t k : {std::int64_t{0}, lanes - 1, 2 * lanes}) {
    work.weights.set_weight(0, k, 2);  // code 3
    work.vector.weights[static_cast<std::size_t>(k)] = 0;
    if (geometry_.weight_packing != sim::StreamPacking::Base3) continue;
    const std::int64_t bytes = geometry_.weight_transfer_bytes();
    for (std::int64_t code = k % lanes % bytes; code < geometry_.unit.rows * lanes; code += bytes) {
      work.vector.weights[static_cast<std::size_t>(code / lanes * 3 * lanes + k / lanes * lanes + code % lanes)] = 0;
    }
  }
  EngineDriver engine(GetParam());
  engine.run(true);
  EXPECT_EQ(engine.read(EngineRegister::Status) & status::kIllegalWeight, 0U);
  ASSERT_EQ(engine.start(work.job()), 0U);
  engine.finish();
  EXPECT_EQ(work.sums, naive_sums(work.vector));
  EXPECT_EQ(engine.read(EngineRegister::Status) & status::kSticky, status::kIllegalWeight | status::kDone);
  EXPECT_EQ(engine.read(EngineRegister::IllegalBeats), 2U);
  engine.write(EngineRegister::Status, status::kIllegalWeight);
  EXPECT_EQ(engine.read(EngineRegister::Status) & status::kSticky, status::kDone)
      << "a written one clears its bit only";

  engine.write(EngineRegister::Status, status::kSticky);
  EXPECT_THROW(engine.multiply({work.weights, work.vector.activations, work.vector.tokens, 0, "illegal"}, work.sums),
               MismatchError);
  Work after(random_vector(GetParam(), 3, lanes, 1, 8));
  engine.multiply({after.weights, after.vector.activations, 1, 0, "after"}, after.sums);
  EXPECT_EQ(after.sums, naive_sums(after.vector));
}

// Each reason at its boundary: the largest value is taken, one more is not, and a refused command leaves the queue
// alone.
TEST_P(RtlEngineTop, CommandsThatDoNotFitAreRefusedWithTheirReason) {
  EngineDriver engine(GetParam());
  const auto max_cols = static_cast<std::uint32_t>(geometry_.max_cols());
  const auto depth = static_cast<std::uint32_t>(geometry_.activation_depth);
  const auto lanes = static_cast<std::uint32_t>(geometry_.unit.lanes);
  const auto longest = static_cast<std::uint32_t>(geometry_.max_tokens(max_cols));
  constexpr std::uint32_t kMaxRows = (1U << 24) - 1;
  struct Case {
    std::uint32_t rows, cols, tokens, refused;
  };
  const std::vector<Case> cases = {
      {0, 1, 1, status::kRefusedShape},
      {1, 0, 1, status::kRefusedShape},
      {1, 1, 0, status::kRefusedShape},
      {kMaxRows, 1, 1, 0},
      {kMaxRows + 1, 1, 1, status::kRefusedShape},
      {0xFFFFFFFF, 1, 1, status::kRefusedShape},
      {1, max_cols, 1, 0},
      {1, max_cols + 1, 1, status::kRefusedColumns},
      {1, 0xFFFFFFFF, 1, status::kRefusedColumns},
      {1, lanes, depth, 0},
      {1, lanes, depth + 1, status::kRefusedTokens},
      {1, lanes + 1, depth / 2, 0},
      {1, lanes + 1, depth / 2 + 1, status::kRefusedTokens},
      {1, max_cols, longest, 0},
      {1, max_cols, longest + 1, status::kRefusedTokens},
      {1, 1, 0xFFFFFFFF, status::kRefusedTokens},
      {0, max_cols + 1, depth + 1, status::kRefusedShape | status::kRefusedColumns | status::kRefusedTokens},
  };
  for (const Case& c : cases) {
    ASSERT_EQ(engine.command(c.rows, c.cols, c.tokens), c.refused)
        << c.rows << " x " << c.cols << ", " << c.tokens << " tokens";
    ASSERT_EQ(engine.read(EngineRegister::QueueLevel), c.refused == 0 ? 1U : 0U);
    engine.soft_reset();
  }
  for (int n = 0; n < geometry_.queue_depth; ++n) ASSERT_EQ(engine.command(1, 1, 1), 0U);
  EXPECT_EQ(engine.read(EngineRegister::Status) & (status::kQueueFull | status::kQueueEmpty), status::kQueueFull);
  EXPECT_EQ(engine.command(1, 1, 1), status::kRefusedFull);
  EXPECT_EQ(engine.read(EngineRegister::QueueLevel), static_cast<std::uint32_t>(geometry_.queue_depth));
}

TEST_P(RtlEngineTop, TheInterruptFollowsDoneWhereItIsEnabled) {
  EngineDriver engine(GetParam());
  for (const bool enabled : {false, true}) {
    Work work(random_vector(GetParam(), 1, 1, 1, 9));
    ASSERT_EQ(engine.start(work.job()), 0U);
    engine.write(EngineRegister::Control, rtl::engine_control::kRun | (enabled ? rtl::engine_control::kIrqEnable : 0U));
    engine.finish();
    engine.cycle();
    EXPECT_EQ(engine.outputs().irq, enabled);
    engine.write(EngineRegister::Status, status::kDone);
    engine.cycle();
    EXPECT_FALSE(engine.outputs().irq);
  }
}

TEST(RtlEngineTopErrors, RequestsThatCannotBeMet) {
  EXPECT_THROW(EngineDriver("egde"), RequestError);
  EXPECT_THROW(EngineDriver("small", {.seed = 1, .input_gap = 1.0}), RequestError);
  EngineDriver engine("small");
  const std::int64_t cols = engine.geometry().max_cols() + 1;
  const kernels::PackedTernary weights(1, cols);
  const std::vector<std::int8_t> activations(static_cast<std::size_t>(cols));
  std::vector<std::int32_t> sums(1);
  EXPECT_THROW(engine.multiply({weights, activations, 1, 0, "wide"}, sums), RequestError);
}

}  // namespace
}  // namespace ternsim::rtl_test
