// The timeline of a report: its spans against sums in comments, and against the units' accounts of the same pass.
#include <gtest/gtest.h>

#include "base/error.h"
#include "explore/isolated_run.h"
#include "explore/timeline_node.h"
#include "sim/accelerator.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::explore {
namespace {

using model::OpKind;
using sim::Command;
using sim::CommandKind;
using sim::Cycle;
using sim::Stall;
using sim::Unit;
using test::edge;

const model::Graph& graph() {
  static const model::Graph tiny = model::Graph::build(test::tiny_shape());
  return tiny;
}

Command command(Unit unit, CommandKind kind, const std::string& op, std::int64_t rows, std::int64_t cols) {
  Command c;
  c.unit = unit;
  c.kind = kind;
  c.op = static_cast<std::int32_t>(std::ranges::find(graph().ops, op, &model::Op::name) - graph().ops.begin());
  c.rows = rows;
  c.cols = cols;
  c.tokens = 1;
  return c;
}

/// 320 / 32 lanes = 10 cycles, its result 8 later.
Command vector_op() { return command(Unit::Vector, CommandKind::VectorOp, "blk.0.attn_residual", 320, 0); }
/// 16 beats, its result 5 cycles later.
Command matmul() { return command(Unit::Matrix, CommandKind::MatmulChunk, "blk.0.attn_q", 16, 1024); }
/// 128 x 100 / 128 lanes = 100 cycles, its result 8 later.
Command head() { return command(Unit::LmHead, CommandKind::HeadChunk, "lm_head", 128, 100); }

PassTimeline run(const std::vector<Command>& commands) {
  sim::Accelerator machine("accelerator", edge(), graph());
  TimelineRecorder recorder(graph(), {0});
  machine.set_timeline(&recorder);
  sim::Program program;
  program.commands = commands;
  recorder.begin_pass({}, 0);
  const sim::PassResult result = machine.run(program, nullptr);
  recorder.end_pass(result.cycles);
  EXPECT_EQ(recorder.passes().size(), 1U);
  return recorder.passes().at(0);
}

void expect_span(const std::vector<TimelineSpan>& spans, const std::string& name, Cycle start, Cycle end, Cycle busy,
                 Stall cause, Cycle stalled) {
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, name);
  EXPECT_EQ(spans[0].start, start);
  EXPECT_EQ(spans[0].end, end);
  EXPECT_EQ(spans[0].busy, busy);
  sim::StallCycles expected{};
  expected[static_cast<std::size_t>(cause)] = stalled;
  EXPECT_EQ(spans[0].stalls, expected);
}

// One command is issued every 2 cycles. The vector unit works from 2 to 12. The LM head works from 4 to 104, its result
// is there at 112. The matrix unit has its command at 6 and waits for the LM head until 112: 106 cycles; then 16 beats,
// to 128, and 5 of latency: 133 in all.
TEST(PassTimelines, SpansOfThreeCommandsByHand) {
  std::vector<Command> commands{vector_op(), head(), matmul()};
  commands[2].wait_for(1);
  const PassTimeline t = run(commands);
  EXPECT_EQ(t.cycles, 133);
  ASSERT_EQ(t.levels.size(), 2U);  // one block of tokens: layers and operators
  for (const auto& [level, vector, matrix] : {std::tuple(0, "layer_0", "layer_0"), {1, "attn_residual", "attn_q"}}) {
    const TimelineLevel& l = t.levels[static_cast<std::size_t>(level)];
    expect_span(l.units[static_cast<std::size_t>(Unit::Vector)], vector, 2, 12, 10, Stall::Weights, 0);
    expect_span(l.units[static_cast<std::size_t>(Unit::Matrix)], matrix, 6, 128, 16, Stall::OperandLmHead, 106);
    EXPECT_TRUE(l.units[static_cast<std::size_t>(Unit::Dma)].empty());
  }
  // The LM head is outside of the layers, and no operator of one.
  expect_span(t.levels[0].units[static_cast<std::size_t>(Unit::LmHead)], "lm_head", 4, 104, 100, Stall::Weights, 0);
  EXPECT_TRUE(t.levels[1].units[static_cast<std::size_t>(Unit::LmHead)].empty());
}

// Two chunks of one operator, and a vector operation between them. The first works from 2 to 18, its result is there at
// 23. The vector unit has its command at 4, waits 19 cycles, works to 33, its result is there at 41. The second chunk
// waits from 18 to 41, 23 cycles, and works to 57: one span from 2 to 57 = 32 busy + 23 stalled.
TEST(PassTimelines, CommandsOfOneOperatorAreOneSpan) {
  std::vector<Command> commands{matmul(), vector_op(), matmul()};
  commands[1].wait_for(0);
  commands[2].wait_for(1);
  const PassTimeline t = run(commands);
  const TimelineLevel& operators = t.levels.at(1);
  expect_span(operators.units[static_cast<std::size_t>(Unit::Matrix)], "attn_q", 2, 57, 32, Stall::OperandVector, 23);
  expect_span(operators.units[static_cast<std::size_t>(Unit::Vector)], "attn_residual", 4, 33, 10, Stall::OperandMatrix,
              19);
}

std::vector<std::string> names(const std::vector<TimelineLevel>& levels) {
  std::vector<std::string> out;
  for (const TimelineLevel& level : levels) out.push_back(level.name);
  return out;
}

/// Sums over a unit's spans, which lie in order within `from` and `to`.
sim::UnitAccounting sums(const std::vector<TimelineSpan>& spans, Cycle from, Cycle to) {
  sim::UnitAccounting all;
  for (const TimelineSpan& span : spans) {
    EXPECT_GE(span.start, from) << span.name;
    EXPECT_LE(span.end, to) << span.name;
    from = span.end;
    Cycle stalled = 0;
    for (std::size_t i = 0; i < sim::kStalls; ++i) {
      all.stalls[i] += span.stalls[i];
      stalled += span.stalls[i];
    }
    EXPECT_LE(span.busy + stalled, span.end - span.start) << span.name;
    all.busy += span.busy;
  }
  return all;
}

void expect_accounts(const PassTimeline& t, const sim::PassResult& pass) {
  EXPECT_EQ(t.cycles, pass.cycles);
  for (std::size_t u = 0; u < sim::kUnits; ++u) {
    const sim::UnitAccounting all = sums(t.levels.at(0).units[u], 0, t.cycles);
    EXPECT_EQ(all.busy, pass.units[u].busy) << u;
    EXPECT_EQ(all.stalls, pass.units[u].stalls) << u;
    // A finer level is one section of the one above.
    for (std::size_t l = 1; l < t.levels.size(); ++l) {
      const std::vector<TimelineSpan>& fine = t.levels[l].units[u];
      if (fine.empty()) continue;
      const sim::UnitAccounting part = sums(fine, 0, t.cycles);
      const auto same = [&](const TimelineSpan& s) {
        return s.start == fine.front().start && s.end == fine.back().end && s.busy == part.busy &&
               s.stalls == part.stalls;
      };
      EXPECT_EQ(std::ranges::count_if(t.levels[l - 1].units[u], same), 1) << t.levels[l].name << ", unit " << u;
    }
  }
}

IsolatedRun run_timelines(const sim::AcceleratorConfig& config, const model::ModelShape& shape, std::int64_t prefill,
                          std::int64_t decode) {
  sim::Workload workload;
  workload.prefill_tokens = prefill;
  workload.decode_tokens = decode;
  return run_isolated(config, model::Graph::build(shape), workload, {}, std::nullopt, true);
}

TEST(PassTimelines, SpansAddUpToTheUnitsAccounts) {
  const IsolatedRun r = run_timelines(edge(), test::tiny_shape(), 6, 1);
  ASSERT_EQ(r.timelines.size(), 2U);
  EXPECT_EQ(names(r.timelines[0].levels), (std::vector<std::string>{"layers", "operators"}));
  expect_accounts(r.timelines[0], r.result.prefill.total);
  expect_accounts(r.timelines[1], r.result.decode.total);
  EXPECT_EQ(r.timelines[1].index, 1);
  EXPECT_EQ(r.timelines[1].pass.context, 6);
}

TEST(PassTimelines, BlocksOfTokensAreALevelOfTheirOwn) {
  sim::AcceleratorConfig config = edge();
  config.mapping.token_block = 2;
  const IsolatedRun r = run_timelines(config, test::tiny_shape(), 7, 0);
  ASSERT_EQ(r.timelines.size(), 1U);
  const std::vector<TimelineLevel>& levels = r.timelines[0].levels;
  EXPECT_EQ(names(levels), (std::vector<std::string>{"blocks", "layers", "operators"}));
  expect_accounts(r.timelines[0], r.result.prefill.total);
  const std::vector<TimelineSpan>& matrix = levels[0].units[static_cast<std::size_t>(Unit::Matrix)];
  ASSERT_EQ(matrix.size(), 4U);
  EXPECT_EQ(matrix[0].name, "tokens_0_to_1");
  EXPECT_EQ(matrix[3].name, "tokens_6_to_6");
  EXPECT_EQ(levels[1].title, "The block of tokens 4 to 5, by layer");
}

TEST(PassTimelines, ManyLayersArePutTogether) {
  model::ModelShape shape = test::tiny_shape();
  shape.block_count = 70;
  const IsolatedRun r = run_timelines(edge(), shape, 0, 3);
  ASSERT_EQ(r.timelines.size(), 1U);
  const PassTimeline& t = r.timelines[0];
  EXPECT_EQ(t.index, 1);  // of 0, 1, 2 the one in the middle
  // 73 sections with embedding, norm and LM head, two by two; the matrix unit has nothing to do in the last.
  const std::vector<TimelineSpan>& matrix = t.levels.at(0).units[static_cast<std::size_t>(Unit::Matrix)];
  ASSERT_EQ(matrix.size(), 36U);
  EXPECT_EQ(matrix[0].name, "token_embd_to_layer_0");
  EXPECT_EQ(matrix[1].name, "layer_1_to_layer_2");
  EXPECT_EQ(matrix[35].name, "layer_69_to_output_norm");
  EXPECT_EQ(t.levels.at(1).title, "Layer 35 of these, by operator");
}

TEST(PassTimelines, ANodePerUnitAndSpan) {
  std::vector<Command> commands{vector_op(), head(), matmul()};
  commands[2].wait_for(1);
  const StatisticNode node = timeline_node(run(commands));
  const StatisticNode* matrix = node.find_child("operators")->find_child("matrix");
  ASSERT_NE(matrix, nullptr);
  EXPECT_EQ(node.find_child("operators")->find_child("dma"), nullptr);
  const StatisticNode& span = *matrix->find_child("attn_q");
  ASSERT_EQ(span.statistics.size(), 4U);
  EXPECT_EQ(std::get<std::uint64_t>(span.find("start")->value), 6U);
  EXPECT_EQ(std::get<std::uint64_t>(span.find("stall_operand_lm_head")->value), 106U);
}

TEST(PassTimelines, NotTogetherWithATrace) {
  sim::Workload workload;
  workload.decode_tokens = 1;
  EXPECT_THROW(run_isolated(edge(), graph(), workload, {}, TraceOptions{"/dev/null", {}, 10}, true), RequestError);
}

}  // namespace
}  // namespace ternsim::explore
