// Cycle counts of the whole engine.
//
// Without stalls: cycle 0 takes in the first word of each operand (a wait for weights by the counters), cycle 1 issues
// the first beat and reads the buffers, cycle 2 offers it to the matrix unit, whose result is valid latency cycles
// after that; one beat a cycle follows. The last of B beats is issued in cycle B, offered in B + 1, and its result is
// taken in B + 1 + latency: B + latency + 2 cycles, of which 1 waits for weights, B issue and latency + 1 drain.
//
// With the packing base3 cycle 0 takes the first weights into the decoder and cycle 1 into the buffer: one cycle more,
// which waits for weights, too.
#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/rtl_vectors.h"
#include "cosim/rtl_work.h"
#include "rtl/engine_driver.h"
#include "tests/soak.h"

namespace ternsim::rtl_test {
namespace {

using rtl::EngineActivity;
using rtl::EngineDriver;

/// Queues the products, then lets the engine go; checks the sums.
EngineActivity run(EngineDriver& engine, std::list<Work>& all) {
  engine.run(false);
  engine.clear_activity();
  for (Work& work : all) EXPECT_EQ(engine.start(work.job()), 0U);
  engine.run(true);
  engine.finish();
  for (const Work& work : all) EXPECT_EQ(work.sums, naive_sums(work.vector));
  return engine.activity();
}

// ceil(rows / 4) * ceil(K / 16) * tokens beats, and 6 + 2.
TEST(RtlEngineTopTiming, CyclesOfACommandByHand) {
  const auto busy = [](std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
    EngineDriver engine("small");
    std::list<Work> all;
    all.emplace_back(random_vector("small", rows, cols, tokens, 1));
    return run(engine, all).busy;
  };
  EXPECT_EQ(busy(1, 1, 1), 1U + 8);
  EXPECT_EQ(busy(4, 48, 1), 3U + 8);
  EXPECT_EQ(busy(4, 49, 1), 4U + 8);
  EXPECT_EQ(busy(10, 48, 1), 9U + 8);
  EXPECT_EQ(busy(9, 16, 1), 3U + 8);   // tiles of one beat: both banks turn over every cycle
  EXPECT_EQ(busy(5, 20, 6), 24U + 8);  // two row tiles x two column blocks x (4 + 2) tokens
}

// nano: tiles of 8 x 32, one token a group, latency 5, weights through the decoder: beats and 5 + 2 + 1.
TEST(RtlEngineTopTiming, CyclesOfACommandWithBase3WeightsByHand) {
  const auto activity = [](std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
    EngineDriver engine("nano");
    std::list<Work> all;
    all.emplace_back(random_vector("nano", rows, cols, tokens, 1));
    return run(engine, all);
  };
  EXPECT_EQ(activity(1, 1, 1).busy, 1U + 8);
  EXPECT_EQ(activity(8, 96, 1).busy, 3U + 8);
  EXPECT_EQ(activity(8, 97, 1).busy, 4U + 8);
  EXPECT_EQ(activity(17, 32, 1).busy, 3U + 8);  // tiles of one beat: both banks turn over every cycle
  EXPECT_EQ(activity(9, 40, 6).busy, 24U + 8);  // two row tiles x two column blocks x six tokens
  EXPECT_EQ(activity(9, 40, 6).stall_weights, 2U);
  EXPECT_EQ(activity(9, 40, 6).drain, 6U);
}

class RtlEngineTopCycles : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Configs, RtlEngineTopCycles, testing::Values("nano", "small", "edge", "wide"),
                         [](const auto& config) { return config.param; });

// Random lists of commands, one to as many as the queue holds: the formula must hold to the cycle.
TEST_P(RtlEngineTopCycles, QueuedCommandsTakeTheirBeatsAndOneLatency) {
  EngineDriver engine(GetParam());
  const sim::EngineGeometry& g = engine.geometry();
  Random random(61);
  const auto up_to = [&](std::int64_t n) {
    return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
  };
  for (int round = 0; round < test::rounds(30); ++round) {
    std::list<Work> all;
    std::int64_t beats = 0;
    for (std::int64_t n = up_to(g.queue_depth); n > 0; --n) {
      const Vector& v = all.emplace_back(random_vector(GetParam(), up_to(3 * g.unit.rows + 2), up_to(4 * g.unit.lanes),
                                                       up_to(2 * g.unit.slots + 2), random.next()))
                            .vector;
      beats += g.beats(v.rows, v.cols, v.tokens);
    }
    const auto count = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
    const EngineActivity expected = {.done = count(static_cast<std::int64_t>(all.size())),
                                     .busy = count(g.cycles(beats)),
                                     .beats = count(beats),
                                     .stall_output = 0,
                                     .stall_weights = count(1 + g.decode_cycles()),
                                     .stall_activations = 0,
                                     .drain = count(g.unit.latency() + 1),
                                     .illegal_beats = 0};
    const EngineActivity actual = run(engine, all);
    ASSERT_EQ(actual.busy, expected.busy) << "round " << round << ", " << beats << " beats";
    ASSERT_EQ(actual, expected) << "round " << round;
  }
}

// However unwilling the sides are: every busy cycle has exactly one reason, the beats are those of the shapes.
TEST_P(RtlEngineTopCycles, EveryBusyCycleIsAccountedFor) {
  Random random(67);
  const auto up_to = [&](std::int64_t n) {
    return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
  };
  for (int round = 0; round < test::rounds(20); ++round) {
    const double gap = 0.9 * random.uniform();
    const double stall = 0.9 * random.uniform();
    EngineDriver engine(GetParam(), {.seed = random.next(), .input_gap = gap, .output_stall = stall});
    const sim::EngineGeometry& g = engine.geometry();
    std::list<Work> all;
    std::int64_t beats = 0;
    for (int n = 0; n < g.queue_depth; ++n) {
      const Vector& v = all.emplace_back(random_vector(GetParam(), up_to(4 * g.unit.rows), up_to(2 * g.unit.lanes),
                                                       up_to(g.unit.slots + 1), random.next()))
                            .vector;
      beats += g.beats(v.rows, v.cols, v.tokens);
    }
    const EngineActivity a = run(engine, all);
    ASSERT_EQ(a.beats, static_cast<std::uint32_t>(beats));
    ASSERT_EQ(a.busy, a.beats + a.stall_output + a.stall_weights + a.stall_activations + a.drain) << "round " << round;
    ASSERT_GE(a.busy, static_cast<std::uint32_t>(g.cycles(beats)));
  }
}

// Each cause of a stall alone: the other side always willing.
TEST(RtlEngineTopTiming, StallsAreChargedToTheirCause) {
  const auto stalls = [](double gap, double stall) {
    EngineDriver engine("small", {.seed = 5, .input_gap = gap, .output_stall = stall});
    std::list<Work> all;
    all.emplace_back(random_vector("small", 16, 64, 8, 71));
    return run(engine, all);
  };
  const EngineActivity output = stalls(0.0, 0.7);
  EXPECT_GT(output.stall_output, 0U);
  EXPECT_EQ(output.stall_activations, 0U);
  EXPECT_EQ(output.stall_weights, 1U);
  const EngineActivity input = stalls(0.7, 0.0);
  EXPECT_EQ(input.stall_output, 0U);
  EXPECT_GT(input.stall_activations, 0U);
  EXPECT_GT(input.stall_weights, 1U);
}

// By hand on small: rows 4, K 32, one token, two beats. The weights of the second beat come three cycles late, so that
// its issue is three cycles late and the counters say why.
TEST(RtlEngineTopTiming, LateWeightsCostTheirDelay) {
  const auto engine = rtl::VerilatedEngine::make("small");
  rtl::EngineInputs pins;
  pins.result_ready = pins.bready = pins.rready = true;
  const auto cycle = [&] {
    const rtl::EngineOutputs out = engine->drive(pins);
    engine->step();
    return out;
  };
  const auto write = [&](std::uint8_t address, std::uint32_t data) {
    pins.awvalid = pins.wvalid = true;
    pins.awaddr = address;
    pins.wdata = data;
    cycle();
    pins.awvalid = pins.wvalid = false;
    cycle();
  };
  const auto read = [&](std::uint8_t address) {
    pins.arvalid = true;
    pins.araddr = address;
    cycle();
    pins.arvalid = false;
    return cycle().rdata;
  };
  write(0x20, 4);
  write(0x24, 32);
  write(0x28, 1);
  write(0x2C, 1);
  // The write of `run` is taken at the end of one cycle; the next, still within write(), is the first busy one and
  // finds nothing: it adds one to the wait for weights.
  write(0x18, 1);
  const std::vector<std::uint8_t> codes(16, 0xAA);
  const std::vector<std::int8_t> activations(16, 1);
  int first_result = -1;
  for (int n = 0; n < 30; ++n) {
    pins.codes = codes;
    pins.activations = activations;
    pins.weight_valid = n == 0 || n == 4;
    pins.weight_last = n == 4;
    pins.act_valid = n == 0 || n == 1;
    pins.act_last = n == 1;
    if (cycle().result_valid && first_result < 0) first_result = n;
  }
  // Taken in cycle 4, issued in 5, offered in 6, result in 6 + 6.
  EXPECT_EQ(first_result, 12);
  EXPECT_EQ(read(0x44), 1U + 1 + 3);  // before the data, cycle 0, cycles 2 to 4
  EXPECT_EQ(read(0x38), 1U + 13);     // that one, and cycles 0 to 12
  EXPECT_EQ(read(0x4C), 7U);          // cycles 6 to 12
}

}  // namespace
}  // namespace ternsim::rtl_test
