#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "explore/isolated_run.h"
#include "sim/accelerator.h"
#include "sim/program/mapper.h"
#include "sim/reference_recorder.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

using test::edge;

Workload chat() {
  Workload w;
  w.name = "test";
  w.prefill_tokens = 5;
  w.decode_tokens = 3;
  return w;
}

std::int64_t stall(const UnitAccounting& a, Stall cause) { return a.stalls[static_cast<std::size_t>(cause)]; }

// Two commands by hand. The sequencer issues one every 2 cycles, so the load reaches the DMA at 2 and the product the
// matrix unit at 4.
//   load: set-up 16, so that the DRAM begins at 18, clock 20 of its 1.0666 GHz. 4096 bytes on 4 channels are 32 bursts
//   of
//         2 clocks each, in four bank groups: activates at 20, 26, 32, 38 (tRRD 5 ns: 6 clocks), their reads tRCD 18
//         ns, 20 clocks, later: 40, 46, 52, 58; the other 28 every 2 clocks, the last at 114. Data tCL 20 ns, 22
//         clocks, later: 114 + 22 + 2 = 138, 129.4 cycles: there at 130. Of 118 clocks 64 are data, 54 (50 whole
//         cycles) latency
//   product: 16 rows x 1024 columns x 1 token = 16 beats from 130, last sum 5 later: 130 + 16 + 5 = 151
// The second time the rows are open: from 2 + 16 (clock 181) 32 reads, data until 181 + 62 + 22 + 2 = 267, 250.3
// cycles: there at 251, 100 after the beginning at 151.
TEST(Schedule, LoadThenProduct) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  Accelerator machine("accelerator", edge(), graph);
  Program p;
  Command load;
  load.unit = Unit::Dma;
  load.kind = CommandKind::LoadWeights;
  load.bytes = 16 * 1024 / 4;
  Command product;
  product.unit = Unit::Matrix;
  product.kind = CommandKind::MatmulChunk;
  product.rows = 16;
  product.cols = 1024;
  product.tokens = 1;
  product.wait_for(0);
  p.commands = {load, product};
  const PassResult r = machine.run(p, nullptr);
  EXPECT_EQ(r.cycles, 151);
  const UnitAccounting& dma = r.units[static_cast<std::size_t>(Unit::Dma)];
  EXPECT_EQ(dma.busy, 62);
  EXPECT_EQ(stall(dma, Stall::DmaSetup), 16);
  EXPECT_EQ(stall(dma, Stall::DramLatency), 50);
  EXPECT_EQ(dma.idle, 2 + (151 - 130));
  const UnitAccounting& matrix = r.units[static_cast<std::size_t>(Unit::Matrix)];
  EXPECT_EQ(matrix.busy, 16);
  EXPECT_EQ(stall(matrix, Stall::Weights), 130 - 4);
  EXPECT_EQ(matrix.idle, 4 + 5);
  EXPECT_EQ(r.sequencer.busy, 2 * 2);
  EXPECT_EQ(machine.run(p, nullptr).cycles, 100 + 16 + 5);
}

TEST(Schedule, EveryCycleOfEveryUnitHasItsCause) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  Accelerator machine("accelerator", edge(), graph);
  const PassResult r = machine.run(map_pass(graph, edge(), {20, 4, 1}), nullptr);
  EXPECT_GT(r.cycles, 0);
  for (const UnitAccounting& unit : r.units) {
    EXPECT_EQ(unit.total(), r.cycles);
    EXPECT_GT(unit.busy, 0);
  }
  EXPECT_EQ(r.sequencer.total(), r.cycles);
  EXPECT_GE(r.dram_bytes, map_pass(graph, edge(), {20, 4, 1}).load_bytes());
}

// Dense adds of a beat: lanes - 1 in the tree and one in the accumulator, gated or not. 256 is a whole number of beats,
// so all adds together are the graph's count.
TEST(Schedule, AddsEqualTheGraphsCount) {
  const model::Model model = test::make_tiny_model(1);
  const model::Graph graph = model::Graph::build(model.shape);
  SimulationInput input{weight_table(graph, model), {}};
  AcceleratorConfig gating = edge();
  gating.matrix.zero_gating = true;
  const SimulationResult r = explore::simulate_isolated(gating, graph, chat(), input);
  std::uint64_t adds = 0;
  std::uint64_t gated = 0;
  for (const PhaseResult* phase : {&r.prefill, &r.decode})
    for (const auto& [key, count] : phase->total.counts.counts) {
      if (key.part != energy::Part::Matrix || key.action == energy::Action::IntNegate) continue;
      adds += count;
      if (key.action == energy::Action::IntAddGated) gated += count;
    }
  EXPECT_EQ(adds, static_cast<std::uint64_t>(graph.ternary_weights()) * 8);
  EXPECT_GT(gated, adds / 4);  // 40 % zeros gate two thirds of the leaf adders
}

// One beat of one token on all 16 rows of 64 lanes, the widths of rtl/src/ternary_dot.sv: lanes of 9 bits, 10 at the
// first adders and one more at each of the six levels, 32 in the accumulator.
TEST(Schedule, WidthsAreThoseOfTheRtl) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  Accelerator machine("accelerator", edge(), graph);
  Command product;
  product.unit = Unit::Matrix;
  product.kind = CommandKind::MatmulChunk;
  product.rows = 16;
  product.cols = 64;
  product.tokens = 1;
  Program p;
  p.commands = {product};
  PassResult r = machine.run(p, nullptr);
  std::map<int, std::uint64_t> adds;
  for (const auto& [key, count] : r.counts.counts)
    if (key.part == energy::Part::Matrix && key.action == energy::Action::IntAdd) adds[key.width_bits] += count;
  const std::map<int, std::uint64_t> expected{{10, 16 * 32}, {11, 16 * 16}, {12, 16 * 8}, {13, 16 * 4},
                                              {14, 16 * 2},  {15, 16},      {32, 16}};
  EXPECT_EQ(adds, expected);
  EXPECT_EQ((r.counts.counts[{energy::Part::Matrix, energy::Action::IntNegate, 9}]), 16U * 64U);
}

TEST(Functional, SumsEqualTheReference) {
  const model::Model model = test::make_tiny_model(2);
  const model::Graph graph = model::Graph::build(model.shape);
  const auto records = record_reference(model, chat(), test::random_tokens(9, 8));
  const SimulationResult r = explore::simulate_isolated(edge(), graph, chat(), {weight_table(graph, model), records});
  std::int64_t outputs = 0;
  for (const model::Op& op : graph.ops)
    if (op.kind == model::OpKind::BitLinear) outputs += op.rows;
  EXPECT_EQ(r.prefill.total.sums_checked, static_cast<std::uint64_t>(outputs * 5));
  EXPECT_EQ(r.decode.total.sums_checked, static_cast<std::uint64_t>(outputs * 3));
}

TEST(Functional, OneWrongSumIsFound) {
  const model::Model model = test::make_tiny_model(2);
  const model::Graph graph = model::Graph::build(model.shape);
  auto records = record_reference(model, chat(), test::random_tokens(9, 8));
  records[2].rbegin()->second.sums[7] += 1;
  try {
    explore::simulate_isolated(edge(), graph, chat(), {weight_table(graph, model), records});
    FAIL() << "the flipped sum went unnoticed";
  } catch (const MismatchError& e) {
    EXPECT_NE(std::string(e.what()).find("row 7, token 0"), std::string::npos) << e.what();
  }
}

TEST(Isolated, ErrorsKeepTheirType) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  Workload w = chat();
  w.context = 1000;
  EXPECT_THROW(explore::simulate_isolated(edge(), graph, w, {}), RequestError);
}

TEST(Isolated, TwoRunsGiveTheSameResult) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  const SimulationResult a = explore::simulate_isolated(edge(), graph, chat(), {});
  const SimulationResult b = explore::simulate_isolated(edge(), graph, chat(), {});
  EXPECT_EQ(a.decode.total.cycles, b.decode.total.cycles);
  EXPECT_EQ(a.decode.total.counts.counts, b.decode.total.counts.counts);
  EXPECT_DOUBLE_EQ(a.decode.total.counts.seconds, static_cast<double>(a.decode.total.cycles) / 1e9);
}

}  // namespace
}  // namespace ternsim::sim
