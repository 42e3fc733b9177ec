// What the units tell an observer is what they account for; and why a command waited.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/accelerator.h"
#include "sim/program/mapper.h"
#include "sim/simulation.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

using test::edge;

using model::OpKind;

struct Recorder : Timeline {
  std::vector<CommandSpan> commands;
  std::vector<IssueSpan> issues;
  void begin_pass(const model::Pass&, Cycle) override {}
  void end_pass(Cycle) override {}
  void on_command(const CommandSpan& span) override { commands.push_back(span); }
  void on_issue(const IssueSpan& span) override { issues.push_back(span); }
};

const model::Graph& graph() {
  static const model::Graph tiny = model::Graph::build(test::tiny_shape());
  return tiny;
}

std::int32_t first(OpKind kind) {
  const auto it = std::ranges::find(graph().ops, kind, &model::Op::kind);
  return static_cast<std::int32_t>(it - graph().ops.begin());
}

/// A command of that kind which takes its unit more than a few cycles.
Command command(CommandKind kind) {
  Command c;
  c.kind = kind;
  c.tokens = 1;
  switch (kind) {
    case CommandKind::LoadWeights:
    case CommandKind::MatmulChunk:
      c.op = first(OpKind::BitLinear);
      break;
    case CommandKind::LoadEmbedding:
      c.op = first(OpKind::Embedding);
      break;
    case CommandKind::LoadKv:
    case CommandKind::StoreKv:
    case CommandKind::Attend:
      c.op = first(OpKind::Attention);
      break;
    case CommandKind::HeadChunk:
      c.op = first(OpKind::LmHead);
      break;
    default:
      c.op = first(OpKind::Residual);
  }
  switch (kind) {
    case CommandKind::MatmulChunk:
      c.unit = Unit::Matrix;
      c.rows = 16;
      c.cols = 1024;
      break;
    case CommandKind::HeadChunk:
      c.unit = Unit::LmHead;
      c.rows = 128;
      c.cols = 100;
      break;
    case CommandKind::Attend:
      c.unit = Unit::Attention;
      c.positions = 64;
      break;
    case CommandKind::VectorOp:
    case CommandKind::Dequantise:
      c.unit = Unit::Vector;
      c.rows = 320;
      break;
    default:
      c.unit = Unit::Dma;
      c.rows = 256;
      c.bytes = 4096;
  }
  return c;
}

TEST(Timeline, SpansAreTheAccounts) {
  Accelerator machine("accelerator", edge(), graph());
  Recorder recorder;
  machine.set_timeline(&recorder);
  const Program program = map_pass(graph(), edge(), {20, 4, 1});
  const PassResult r = machine.run(program, nullptr);
  ASSERT_EQ(recorder.commands.size(), program.commands.size());
  ASSERT_EQ(recorder.issues.size(), program.commands.size());

  std::array<UnitAccounting, kUnits> units;
  std::array<Cycle, kUnits> end{};
  for (const CommandSpan& span : recorder.commands) {
    const auto u = static_cast<std::size_t>(span.command->unit);
    EXPECT_GE(span.reached, end[u]);
    EXPECT_GE(span.start, span.reached);
    units[u].idle += span.reached - end[u];
    if (span.start > span.reached) units[u].stalls[static_cast<std::size_t>(span.waiting)] += span.start - span.reached;
    Cycle own = 0;
    for (std::size_t i = 0; i < kStalls; ++i) {
      units[u].stalls[i] += span.own[i];
      own += span.own[i];
    }
    EXPECT_EQ(span.busy_from, span.start + own);
    units[u].busy += span.end - span.busy_from;
    EXPECT_GE(span.done, span.end);
    EXPECT_LE(span.done, r.cycles);
    for (const CommandSpan& other : recorder.commands) {
      if (std::ranges::find(span.command->waits, other.id) != span.command->waits.end()) {
        EXPECT_LE(other.done, span.start);
      }
    }
    end[u] = span.end;
  }
  for (std::size_t u = 0; u < kUnits; ++u) {
    EXPECT_EQ(units[u].busy, r.units[u].busy);
    EXPECT_EQ(units[u].stalls, r.units[u].stalls);
    EXPECT_EQ(units[u].idle + r.cycles - end[u], r.units[u].idle);
  }
  Cycle issued = 0;
  Cycle full = 0;
  for (const IssueSpan& span : recorder.issues) {
    full += span.start - span.reached;
    issued += span.end - span.start;
  }
  EXPECT_EQ(issued, r.sequencer.busy);
  EXPECT_EQ(full, r.sequencer.stalls[static_cast<std::size_t>(Stall::QueueFull)]);
  EXPECT_GT(full, 0);
}

// One command every 2 cycles. The vector unit gets its at 2: 320 / 32 lanes = 10 cycles, result 8 later, 20. The
// LM-head unit gets its at 4: 128 x 100 / 128 lanes = 100 cycles, result 8 later, 112. The matrix unit gets its at 6
// and waits until 112; without the LM head it would start at 20, without the vector unit no sooner. Whatever the order
// of its waits, 106 cycles are the LM head's. Then 16 beats and 5 cycles of latency: 133.
TEST(Stalls, TheLastToComeIsCharged) {
  Accelerator machine("accelerator", edge(), graph());
  for (const bool swapped : {false, true}) {
    Program p;
    p.commands = {command(CommandKind::VectorOp), command(CommandKind::HeadChunk), command(CommandKind::MatmulChunk)};
    p.commands[2].wait_for(swapped ? 1 : 0);
    p.commands[2].wait_for(swapped ? 0 : 1);
    const PassResult r = machine.run(p, nullptr);
    EXPECT_EQ(r.cycles, 133);
    StallCycles expected{};
    expected[static_cast<std::size_t>(Stall::OperandLmHead)] = 106;
    EXPECT_EQ(r.units[static_cast<std::size_t>(Unit::Matrix)].stalls, expected);
  }
}

TEST(Stalls, EachPairOfCommandsHasItsCause) {
  struct Pair {
    CommandKind awaited, waiter;
    Stall cause;
    bool expert = false;  // the waiter loads an expert's weights
  };
  using enum CommandKind;
  const std::vector<Pair> pairs{{LoadWeights, MatmulChunk, Stall::Weights},
                                {LoadWeights, HeadChunk, Stall::Weights},
                                {LoadEmbedding, VectorOp, Stall::Embedding},
                                {LoadKv, Attend, Stall::Kv},
                                {MatmulChunk, VectorOp, Stall::OperandMatrix},
                                {VectorOp, MatmulChunk, Stall::OperandVector},
                                {VectorOp, StoreKv, Stall::OperandVector},
                                {Attend, VectorOp, Stall::OperandAttention},
                                {HeadChunk, VectorOp, Stall::OperandLmHead},
                                {MatmulChunk, LoadWeights, Stall::Buffer},
                                {HeadChunk, LoadWeights, Stall::Buffer},
                                {Attend, LoadKv, Stall::Buffer},
                                {VectorOp, LoadEmbedding, Stall::Buffer},
                                {MatmulChunk, LoadWeights, Stall::Buffer, true},
                                {HeadChunk, LoadWeights, Stall::OperandLmHead, true},
                                {VectorOp, LoadWeights, Stall::OperandVector, true}};
  Accelerator machine("accelerator", edge(), graph());
  Recorder recorder;
  machine.set_timeline(&recorder);
  for (const Pair& pair : pairs) {
    Program p;
    p.commands = {command(pair.awaited), command(pair.waiter)};
    p.commands[1].wait_for(0);
    if (pair.expert) p.commands[1].expert = 0;
    recorder.commands.clear();
    machine.run(p, nullptr);
    ASSERT_EQ(recorder.commands.size(), 2U);
    const CommandSpan& waiter = recorder.commands[1];
    EXPECT_EQ(waiter.id, 1);
    EXPECT_GT(waiter.start, waiter.reached);
    EXPECT_EQ(name_of(waiter.waiting), name_of(pair.cause))
        << name_of(pair.waiter) << " after " << name_of(pair.awaited) << (pair.expert ? ", of an expert" : "");
  }
}

TEST(Progress, RisesToOneWithinPassesToo) {
  Workload workload;
  workload.prefill_tokens = 4;
  workload.decode_tokens = 2;
  std::vector<double> shares;
  simulate(edge(), graph(), workload, {}, [&](double share) { shares.push_back(share); });
  ASSERT_GT(shares.size(), 6U);  // three passes of more than 64 commands each
  EXPECT_GE(shares.front(), 0);
  EXPECT_TRUE(std::ranges::is_sorted(shares));
  EXPECT_DOUBLE_EQ(shares.back(), 1);
}

}  // namespace
}  // namespace ternsim::sim
