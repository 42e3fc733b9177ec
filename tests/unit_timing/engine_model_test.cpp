// Cycles of the model of the engine, by hand.
//
// Without stalls: cycle 0 takes in the first word of each operand (a wait for weights by the counters), cycle 1 issues
// the first beat, cycle 2 offers it to the matrix unit, whose result is valid `latency` cycles after that; one beat a
// cycle follows. So B beats take B + latency + 2 cycles: 1 waits for weights, B issue, latency + 1 drain.
//
// The engine here: 4 rows, 16 lanes, 4 slots, latency 1 + 4 + 1 = 6, a queue of 4.
#include "sim/engine_model.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/error.h"

namespace ternsim::sim {
namespace {

EngineGeometry engine(StreamPacking packing = StreamPacking::TwoBit) {
  return {.unit = {.name = "test", .rows = 4, .lanes = 16, .slots = 4},
          .weight_depth = 8,
          .activation_depth = 32,
          .queue_depth = 4,
          .weight_packing = packing};
}

/// Transfer n is willing from cycle `from_[n]` on.
class FixedSchedule final : public StreamSchedule {
 public:
  explicit FixedSchedule(std::vector<Cycle> from) : from_(std::move(from)) {}
  Cycle next(std::int64_t transfer, Cycle from) override {
    return std::max(from, from_.at(static_cast<std::size_t>(transfer)));
  }

 private:
  std::vector<Cycle> from_;
};

EagerSchedule eager;

EngineCycles run(EngineModel& model, std::vector<EngineCommand> commands, std::size_t queued,
                 StreamSchedule& weights = eager, StreamSchedule& activations = eager,
                 StreamSchedule& results = eager) {
  return model.run({.commands = std::move(commands), .queued = queued}, {weights, activations, results});
}

TEST(EngineModel, BeatsAndOneLatency) {
  EngineModel model("model", engine());
  const auto busy = [&](std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
    return run(model, {{rows, cols, tokens}}, 1).busy;
  };
  EXPECT_EQ(busy(1, 1, 1), 1 + 8);
  EXPECT_EQ(busy(4, 49, 1), 4 + 8);
  EXPECT_EQ(busy(10, 48, 1), 9 + 8);
  EXPECT_EQ(busy(9, 16, 1), 3 + 8);   // tiles of one beat: both banks turn over every cycle
  EXPECT_EQ(busy(5, 20, 6), 24 + 8);  // two row tiles x two column blocks x (4 + 2) tokens
  // Queued commands follow one another without a gap: 1 + 9 + 24 beats.
  const EngineCycles all = run(model, {{1, 1, 1}, {10, 48, 1}, {5, 20, 6}}, 3);
  EXPECT_EQ(all, (EngineCycles{.elapsed = 42, .busy = 42, .beats = 34, .stall_weights = 1, .drain = 7}));
}

// The decoder's register: every weight is a cycle later, so that cycle 1 waits for weights, too.
TEST(EngineModel, ADecoderAddsOneCycle) {
  EngineModel model("model", engine(StreamPacking::Base3));
  EXPECT_EQ(run(model, {{5, 20, 6}}, 1),
            (EngineCycles{.elapsed = 33, .busy = 33, .beats = 24, .stall_weights = 2, .drain = 7}));
}

// Two beats; the weights of the second come in cycle 4: issued in cycle 5. Between the issue in cycle 1 and that one
// three cycles wait.
TEST(EngineModel, LateWeights) {
  EngineModel model("model", engine());
  FixedSchedule weights({0, 4});
  EXPECT_EQ(run(model, {{4, 32, 1}}, 1, weights),
            (EngineCycles{.elapsed = 13, .busy = 13, .beats = 2, .stall_weights = 1 + 3, .drain = 7}));
}

// The same with activations: cycle 0 waits for both, which counts as weights.
TEST(EngineModel, LateActivations) {
  EngineModel model("model", engine());
  FixedSchedule activations({0, 4});
  EXPECT_EQ(
      run(model, {{4, 32, 1}}, 1, eager, activations),
      (EngineCycles{.elapsed = 13, .busy = 13, .beats = 2, .stall_weights = 1, .stall_activations = 3, .drain = 7}));
}

// Row tiles of one beat: beat n is issued in cycle 1 + n, results are valid from cycle 8 on. The first is taken in
// cycle 12, so that cycles 8 to 11 are frozen. Beat 6, of cycle 7, stands in the operand register then: beat 7 is
// issued in cycle 12, 8 and 9 behind it, and the last result comes in 14 + 1 + 6 = 21.
TEST(EngineModel, AResultThatWaitsFreezesThePipeline) {
  EngineModel model("model", engine());
  FixedSchedule results({12, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(run(model, {{40, 16, 1}}, 1, eager, eager, results),
            (EngineCycles{.elapsed = 22, .busy = 22, .beats = 10, .stall_output = 4, .stall_weights = 1, .drain = 7}));
}

// A pipeline that stands still still takes one beat into its operand register: the weights of the second row tile come
// in cycle 9, while the result of the first waits from cycle 8 to 19. Its beat is issued in cycle 10, frozen, and
// offered to the unit when the result is taken, in cycle 20: its own is valid in 26. Cycle 0 waits for weights, cycles
// 2 to 7 too (six); of the twelve frozen ones one issues.
TEST(EngineModel, AFrozenPipelineTakesOneMoreBeat) {
  EngineModel model("model", engine());
  FixedSchedule weights({0, 9});
  FixedSchedule results({20, 0});
  EXPECT_EQ(
      run(model, {{8, 16, 1}}, 1, weights, eager, results),
      (EngineCycles{.elapsed = 27, .busy = 27, .beats = 2, .stall_output = 11, .stall_weights = 1 + 6, .drain = 7}));
}

// A command that software starts while the engine runs: CMD_START is written in cycle 7 at the earliest, the command is
// seen in 8, its words are taken in 8 and its beat is issued in 9. The first command, of one beat, ended in cycle 8.
TEST(EngineModel, SoftwareStartsACommandMeanwhile) {
  EngineModel model("model", engine());
  // Busy throughout: 0 waits, 1 issues, 2 to 7 drain; in cycle 8 the last result comes while the next command waits for
  // its weights; 9 issues, 10 to 16 drain.
  EXPECT_EQ(run(model, {{1, 1, 1}, {1, 1, 1}}, 1),
            (EngineCycles{.elapsed = 17, .busy = 17, .beats = 2, .stall_weights = 2, .drain = 6 + 7}));
}

// The same with a latency of 1 + 2 + 1 = 4: the first command ends in cycle 6, and cycle 7 is not busy.
TEST(EngineModel, AnEmptyQueueIsNotBusy) {
  EngineGeometry shallow = engine();
  shallow.unit.tree_levels_per_stage = 2;
  EngineModel model("model", shallow);
  EXPECT_EQ(run(model, {{1, 1, 1}, {1, 1, 1}}, 1),
            (EngineCycles{.elapsed = 15, .busy = 14, .beats = 2, .stall_weights = 2, .drain = 2 * 5}));
}

TEST(EngineModel, RefusesWhatTheEngineRefuses) {
  EngineModel model("model", engine());
  EXPECT_THROW(run(model, {{4, 8 * 16 + 1, 1}}, 1), RequestError);  // more columns than a bank of weights holds
  EXPECT_THROW(run(model, {{4, 16, 33}}, 1), RequestError);         // more words than a bank of activations holds
  EXPECT_THROW(run(model, {{0, 16, 1}}, 1), RequestError);
  EXPECT_THROW(run(model, {}, 0), RequestError);
  EXPECT_THROW(run(model, std::vector<EngineCommand>(5, {1, 1, 1}), 5), RequestError);  // the queue holds four
}

TEST(StreamSchedule, PeriodsAndShares) {
  PeriodicSchedule periodic(5, 2, 3);  // willing in 3, 4, 8, 9, ...
  EXPECT_EQ(periodic.next(0, 0), 3);
  EXPECT_EQ(periodic.next(0, 4), 4);
  EXPECT_EQ(periodic.next(0, 5), 8);
  RandomSchedule random(1, 0.25);
  int willing = 0;
  for (Cycle c = 0; c < 10000; ++c) willing += random.next(0, c) == c ? 1 : 0;
  EXPECT_NEAR(willing, 2500, 4 * 43.3);  // four standard deviations of the binomial law
  EXPECT_THROW(RandomSchedule(1, 0), RequestError);
  EXPECT_THROW(PeriodicSchedule(5, 6, 0), RequestError);
  EXPECT_THROW(PeriodicSchedule(5, 1, 5), RequestError);
}

}  // namespace
}  // namespace ternsim::sim
