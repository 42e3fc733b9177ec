// The roofline of the operators: what is counted, and a row by hand.
#include <gtest/gtest.h>

#include <numeric>

#include "explore/isolated_run.h"
#include "explore/operator_table.h"
#include "reports/text_writer.h"
#include "sim/program/mapper.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::explore {
namespace {

using test::edge;

using model::OpKind;
using sim::Unit;

double number(const StatisticNode& node, std::string_view name) {
  const auto& value = node.find(name)->value;
  const auto* count = std::get_if<std::uint64_t>(&value);
  return count != nullptr ? static_cast<double>(*count) : std::get<double>(value);
}

std::string text(const StatisticNode& node, std::string_view name) {
  return std::get<std::string>(node.find(name)->value);
}

TEST(Operators, TogetherAreThePass) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  sim::Workload workload;
  workload.prefill_tokens = 9;
  workload.context = 4;
  workload.batch = 2;
  const sim::PassResult r = simulate_isolated(edge(), graph, workload, {}).prefill.total;
  const model::Pass pass{9, 4, 2};
  const sim::Program program = sim::map_pass(graph, edge(), pass);
  ASSERT_EQ(r.operators.size(), graph.ops.size());

  std::uint64_t macs = 0;
  std::int64_t bytes = 0;
  std::array<std::int64_t, sim::kUnits> busy{};
  std::int64_t stalled = 0;
  for (const sim::OperatorWork& work : r.operators) {
    macs += work.macs;
    bytes += work.dram_bytes;
    stalled += work.dma_stalled;
    for (std::size_t u = 0; u < sim::kUnits; ++u) busy[u] += work.busy[u];
  }
  const model::OperationCounts counts = model::count_operations(graph, pass);
  EXPECT_EQ(macs, counts.ternary_adds + counts.attention_macs + counts.head_macs);
  EXPECT_EQ(bytes, program.load_bytes() + program.store_bytes());
  for (std::size_t u = 0; u < sim::kUnits; ++u) EXPECT_EQ(busy[u], r.units[u].busy);
  const sim::StallCycles& dma = r.units[static_cast<std::size_t>(Unit::Dma)].stalls;
  const auto of = [&](sim::Stall cause) { return dma[static_cast<std::size_t>(cause)]; };
  EXPECT_EQ(stalled, of(sim::Stall::DmaSetup) + of(sim::Stall::DramLatency) + of(sim::Stall::DramTurnaround) +
                         of(sim::Stall::DramRefresh));
}

TEST(Operators, NoneIsAboveItsRoof) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  sim::Workload workload;
  workload.prefill_tokens = 20;
  workload.decode_tokens = 3;
  const sim::SimulationResult r = simulate_isolated(edge(), graph, workload, {});
  for (const sim::PhaseResult* phase : {&r.prefill, &r.decode}) {
    const StatisticNode node = operators_node(edge(), graph, phase->total);
    double by_kind = 0;
    double by_role = 0;
    int roofs = 0;
    for (const StatisticNode& row : node.find_child("by_kind")->children) by_kind += number(row, "macs");
    for (const StatisticNode& row : node.find_child("by_role")->children) {
      by_role += number(row, "macs");
      if (row.find("roof_share") == nullptr) continue;
      ++roofs;
      EXPECT_GT(number(row, "roof_share"), 0) << row.name;
      // Ends of transfers fall into whole cycles: one of a few dozen cycles may seem faster than the bus.
      EXPECT_LE(number(row, "roof_share"), 1.01) << row.name;
    }
    EXPECT_EQ(by_kind, by_role);
    EXPECT_EQ(roofs, 9);  // seven linears, attention, LM head
  }
}

// At 1 GHz, 16 x 64 adds a cycle and 68.264 GB/s. One layer's attn_q: 1,000,000 adds on 250,000 bytes, 4 a byte, so the
// roof is 4 x 68.264 G = 273.056 G. The DMA takes 3600 + 400 cycles, the matrix unit 1000: 250 G attained.
TEST(Operators, RowByHand) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  sim::PassResult total;
  total.operators.resize(graph.ops.size());
  std::vector<std::size_t> queries;
  for (std::size_t i = 0; i < graph.ops.size(); ++i)
    if (role_of(graph.ops[i]) == "attn_q") queries.push_back(i);
  ASSERT_EQ(queries.size(), 2U);  // two layers
  for (const std::size_t i : queries) {
    sim::OperatorWork& work = total.operators[i];
    work.macs = 500'000;
    work.dram_bytes = 125'000;
    work.dma_stalled = 200;
    work.busy[static_cast<std::size_t>(Unit::Dma)] = 1800;
    work.busy[static_cast<std::size_t>(Unit::Matrix)] = 500;
    work.busy[static_cast<std::size_t>(Unit::Vector)] = 10;
  }
  const auto row = [&] { return *operators_node(edge(), graph, total).find_child("by_role")->find_child("attn_q"); };
  EXPECT_EQ(text(row(), "unit"), "matrix");
  EXPECT_DOUBLE_EQ(number(row(), "macs_per_byte"), 4);
  EXPECT_EQ(number(row(), "busy_cycles"), 1000);
  EXPECT_EQ(number(row(), "vector_cycles"), 20);
  EXPECT_EQ(number(row(), "dma_cycles"), 4000);
  EXPECT_EQ(number(row(), "critical_cycles"), 4000);
  EXPECT_DOUBLE_EQ(number(row(), "attained"), 250e9);
  EXPECT_DOUBLE_EQ(number(row(), "roof"), 4 * 4 * 17.066e9);
  EXPECT_DOUBLE_EQ(number(row(), "roof_share"), 250e9 / (16 * 17.066e9));
  EXPECT_EQ(text(row(), "bound"), "dram");

  // Sixteen tokens on the same bytes: 64 a byte would be 4.4 T, over the array's 1.024 T.
  for (const std::size_t i : queries) {
    total.operators[i].macs *= 16;
    total.operators[i].busy[static_cast<std::size_t>(Unit::Matrix)] *= 16;
  }
  EXPECT_EQ(number(row(), "critical_cycles"), 16'000);
  EXPECT_DOUBLE_EQ(number(row(), "roof"), 1.024e12);
  EXPECT_DOUBLE_EQ(number(row(), "attained"), 1e12);
  EXPECT_EQ(text(row(), "bound"), "matrix");

  // Weights on chip: no intensity, and the array's peak for a roof.
  for (const std::size_t i : queries) total.operators[i].dram_bytes = 0;
  EXPECT_EQ(row().find("macs_per_byte"), nullptr);
  EXPECT_DOUBLE_EQ(number(row(), "roof"), 1.024e12);
}

TEST(Operators, WithoutMultipliesAreBoundByTheirCriticalUnit) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  sim::PassResult total;
  total.operators.resize(graph.ops.size());
  for (std::size_t i = 0; i < graph.ops.size(); ++i)
    if (graph.ops[i].kind == OpKind::Embedding) {
      total.operators[i].dram_bytes = 512;
      total.operators[i].busy[static_cast<std::size_t>(Unit::Dma)] = 8;
    } else if (graph.ops[i].kind == OpKind::RmsNorm) {
      total.operators[i].busy[static_cast<std::size_t>(Unit::Vector)] = 7;
    }
  const StatisticNode kinds = *operators_node(edge(), graph, total).find_child("by_kind");
  const StatisticNode& norm = *kinds.find_child(model::name_of(OpKind::RmsNorm));
  EXPECT_EQ(text(norm, "bound"), "vector");
  EXPECT_EQ(norm.find("roof"), nullptr);
  EXPECT_EQ(number(norm, "critical_cycles"), 9 * 7);  // four in each of two layers, one before the head
  EXPECT_EQ(text(*kinds.find_child(model::name_of(OpKind::Embedding)), "bound"), "dram");
}

TEST(Operators, RolesLeaveOutLayerAndExpert) {
  model::Op op;
  op.name = "blk.12.attn_q";
  EXPECT_EQ(role_of(op), "attn_q");
  op.name = "output_norm";
  EXPECT_EQ(role_of(op), "output_norm");
  op.name = "blk.3.ffn_down_quantise_rank7";
  op.rank = 7;
  EXPECT_EQ(role_of(op), "ffn_down_quantise");
  op.rank = -1;
  op.name = "conv/1\n";
  EXPECT_EQ(role_of(op), "conv_1_");
  op.name = "blk.3.";
  EXPECT_EQ(role_of(op), "unnamed");
}

TEST(Operators, TextShowsATable) {
  StatisticNode root{"results", "", {}, {}};
  StatisticNode& table = root.add_child("by_kind", "By kind");
  table.tabular = true;
  table.add_child("long_name", "")
      .add("unit", "", Quantity::Text, std::string("matrix"))
      .add("cycles", "", Quantity::Cycles, std::uint64_t{12'345})
      .add("share", "", Quantity::Ratio, 0.5);
  table.add_child("b", "")
      .add("unit", "", Quantity::Text, std::string("\x1b[31mdma"))
      .add("bytes", "", Quantity::Bytes, std::uint64_t{2048})
      .add("cycles", "", Quantity::Cycles, std::uint64_t{7});
  EXPECT_EQ(reports::text_report(root),
            "results\n"
            "  By kind [by_kind]\n"
            "                     unit  bytes  cycles  share\n"
            "      long_name    matrix      -  12,345    0.5\n"
            "      b          \xEF\xBF\xBD[31mdma  2 KiB       7      -\n");
}

}  // namespace
}  // namespace ternsim::explore
