// The whole machine with each datapath: functional runs equal the reference bit for bit, whatever the dataflow, the
// parts of K, the rows and inputs that are left out.
#include <gtest/gtest.h>

#include "base/error.h"
#include "explore/isolated_run.h"
#include "sim/reference_recorder.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

AcceleratorConfig machine_with(DatapathKind kind) {
  AcceleratorConfig a = test::edge();
  a.matrix.datapath = kind;
  a.matrix.rtl_config.clear();
  if (kind == DatapathKind::Lut) a.matrix.dataflow = Dataflow::TableStationary;
  if (kind == DatapathKind::Int8Mac) a.matrix.packing = WeightPacking::Int8;
  a.matrix.skip_window = 128;
  a.matrix.lut_group = 3;
  a.matrix.lut_build_adders = 4;
  return a;
}

Workload chat() {
  Workload w;
  w.name = "test";
  w.prefill_tokens = 5;
  w.decode_tokens = 2;
  return w;
}

std::uint64_t all_sums(const model::Graph& graph) {
  std::uint64_t rows = 0;
  for (const model::Op& op : graph.ops)
    if (op.kind == model::OpKind::BitLinear) rows += static_cast<std::uint64_t>(op.rows);
  return 7 * rows;
}

std::uint64_t checked(const SimulationResult& r) { return r.prefill.total.sums_checked + r.decode.total.sums_checked; }

class DatapathMachine : public ::testing::TestWithParam<DatapathKind> {};

TEST_P(DatapathMachine, SumsEqualTheReference) {
  model::Model model = test::make_tiny_model(3);
  // A few rows of zeros, for machines that leave them out.
  for (model::BlockWeights& block : model.blocks) {
    for (const std::int64_t row : {0, 17, 255})
      for (std::int64_t k = 0; k < block.ffn_gate.codes.cols(); ++k) block.ffn_gate.codes.set_weight(row, k, 0);
    block.ffn_gate.codes.index_zero_rows();
  }
  const model::Graph graph = model::Graph::build(model.shape);
  const auto records = record_reference(model, chat(), test::random_tokens(9, 8));
  const SimulationInput input{weight_table(graph, model), records};
  const auto run = [&](const AcceleratorConfig& a) { return explore::simulate_isolated(a, graph, chat(), input); };

  const AcceleratorConfig plain = machine_with(GetParam());
  const SimulationResult first = run(plain);
  EXPECT_EQ(checked(first), all_sums(graph));

  AcceleratorConfig parts = plain;  // half a row tile a bank: K in two parts
  parts.buffers.weight_bytes = 1024 * (GetParam() == DatapathKind::Int8Mac ? 4 : 1);
  const SimulationResult split = run(parts);
  EXPECT_EQ(checked(split), all_sums(graph));
  EXPECT_GT(split.decode.total.commands, first.decode.total.commands);

  AcceleratorConfig lean = plain;
  lean.matrix.gather_inputs = GetParam() != DatapathKind::ZeroSkip;
  lean.matrix.skip_zero_rows = lean.matrix.ternary();
  if (GetParam() != DatapathKind::Lut) lean.matrix.dataflow = Dataflow::WeightStationary;
  lean.mapping.token_block = 3;
  EXPECT_EQ(checked(run(lean)), all_sums(graph));
}

INSTANTIATE_TEST_SUITE_P(Exact, DatapathMachine,
                         ::testing::Values(DatapathKind::AdderTree, DatapathKind::ZeroSkip, DatapathKind::Lut,
                                           DatapathKind::BitSerial, DatapathKind::Int8Mac),
                         [](const auto& kind) { return std::string(name_of(kind.param)); });

// A row that is left out for being all zero has a sum too: one that is not zero in the record is found.
TEST(SkippedRows, AreHeldToTheRecordToo) {
  model::Model model = test::make_tiny_model(3);
  kernels::PackedTernary& codes = model.blocks[0].ffn_gate.codes;
  for (std::int64_t k = 0; k < codes.cols(); ++k) codes.set_weight(17, k, 0);
  codes.index_zero_rows();
  const model::Graph graph = model::Graph::build(model.shape);
  auto records = record_reference(model, chat(), test::random_tokens(9, 8));
  const WeightTable weights = weight_table(graph, model);
  for (const auto& [op, matrix] : weights)
    if (!matrix->zero_rows().empty()) records[1].at(op).sums[17] = 1;
  AcceleratorConfig a = machine_with(DatapathKind::AdderTree);
  a.matrix.skip_zero_rows = true;
  try {
    explore::simulate_isolated(a, graph, chat(), {weights, records});
    FAIL() << "the sum went unnoticed";
  } catch (const MismatchError& e) {
    EXPECT_NE(std::string(e.what()).find("row 17, token 0: 0 where the reference has 1"), std::string::npos)
        << e.what();
  }
}

}  // namespace
}  // namespace ternsim::sim
