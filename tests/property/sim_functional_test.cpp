#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "explore/isolated_run.h"
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
  w.decode_tokens = 2;
  w.context = 2;
  return w;
}

/// Sums of all BitLinears that are not experts' (which tokens go to which expert is not simulated).
std::uint64_t sums_of(const model::Graph& graph, std::int64_t tokens) {
  std::int64_t outputs = 0;
  for (const model::Op& op : graph.ops)
    if (op.kind == model::OpKind::BitLinear && op.rank < 0) outputs += op.rows;
  return static_cast<std::uint64_t>(outputs * tokens);
}

/// The model with every third row of every linear zero, for machines that leave such rows out.
void clear_rows(kernels::PackedTernary& codes) {
  for (std::int64_t r = 0; r < codes.rows(); r += 3)
    for (std::int64_t k = 0; k < codes.cols(); ++k) codes.set_weight(r, k, 0);
  codes.index_zero_rows();
}

std::vector<MatrixUnitConfig> exact_units() {
  std::vector<MatrixUnitConfig> units;
  for (const DatapathKind kind : {DatapathKind::AdderTree, DatapathKind::ZeroSkip, DatapathKind::Lut,
                                  DatapathKind::BitSerial, DatapathKind::Int8Mac})
    for (const Dataflow dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary}) {
      MatrixUnitConfig m;
      m.datapath = kind;
      m.dataflow = kind == DatapathKind::Lut ? Dataflow::TableStationary : dataflow;
      m.geometry.rows = 8;
      m.geometry.lanes = 32;
      m.geometry.slots = 4;
      m.packing = dataflow == Dataflow::OutputStationary ? WeightPacking::TwoBit : WeightPacking::Base3;
      m.decoder_weights_per_cycle = 80;
      m.skip_zero_rows = m.ternary();
      m.gather_inputs = dataflow == Dataflow::OutputStationary && kind != DatapathKind::ZeroSkip;
      m.skip_window = 64;
      m.lut_group = 3;
      m.lut_build_adders = 2;
      units.push_back(m);
    }
  return units;
}

// Every exact datapath computes each sum of a whole model itself, and each equals the reference's: all architectures
// and activation schemes, prompts in several blocks, matrices in parts of K, rows of zeros left out.
TEST(Functional, EveryExactDatapathEqualsTheReference) {
  const std::vector<test::Variant> variants = test::tiny_variants();
  const std::vector<MatrixUnitConfig> units = exact_units();
  for (std::size_t n = 0; n < std::max(variants.size(), units.size()); ++n) {
    const test::Variant& variant = variants[n % variants.size()];
    model::Model model = test::make_random_model(variant.shape, n, variant.binary);
    for (model::BlockWeights& block : model.blocks) {
      clear_rows(block.attn_v.codes);
      if (variant.shape.expert_count == 0) clear_rows(block.ffn_up.codes);
    }
    const model::Graph graph = model::Graph::build(model.shape);
    const Workload workload = chat();
    const auto records = record_reference(model, workload, test::random_tokens(n, 9));
    AcceleratorConfig machine = edge();
    machine.matrix = units[n % units.size()];
    machine.mapping.token_block = 3;
    machine.buffers.weight_bytes = 800;  // less than a tile of 8 rows x 256 weights
    const SimulationResult r =
        explore::simulate_isolated(machine, graph, workload, {weight_table(graph, model), records});
    EXPECT_EQ(r.prefill.total.sums_checked + r.decode.total.sums_checked, sums_of(graph, 7))
        << variant.name << " on " << name_of(machine.matrix.datapath);
  }
}

// What is read from an on-chip memory was written to it before, except weights that stand there from the start.
TEST(Counts, EverySramThatIsReadIsWritten) {
  for (const bool on_chip : {false, true}) {
    AcceleratorConfig machine = edge();
    if (on_chip) machine.kv_cache = {8, true, 1 << 20};
    const SimulationResult r = explore::simulate_isolated(machine, model::Graph::build(test::tiny_shape()), chat(), {});
    std::map<energy::Part, std::uint64_t> read;
    std::map<energy::Part, std::uint64_t> written;
    for (const auto& [key, bits] : r.decode.total.counts.counts) {
      if (key.action == energy::Action::SramRead) read[key.part] += bits;
      if (key.action == energy::Action::SramWrite) written[key.part] += bits;
    }
    EXPECT_EQ(read.size(), 4U);  // weights, activations, sums, keys and values
    for (const auto& [part, bits] : read) EXPECT_GT(written[part], 0U) << energy::name_of(part);
    // 16-bit keys and values in DRAM: 2 x 128 of two layers, of 7 and of 8 earlier positions, once each.
    if (!on_chip) {
      EXPECT_EQ(written[energy::Part::KvSram], 16U * 256U * 2U * (7U + 8U));
    }
  }
}

// One weight turned: the first sum that differs ends the run and is named.
TEST(Functional, AWrongWeightIsFound) {
  const model::Model model = test::make_tiny_model(3);
  const model::Graph graph = model::Graph::build(model.shape);
  const auto records = record_reference(model, chat(), test::random_tokens(3, 9));
  model::Model other = test::make_tiny_model(3);
  kernels::PackedTernary& codes = other.blocks[1].ffn_down.codes;
  codes.set_weight(7, 9, codes.weight(7, 9) == 1 ? -1 : 1);
  for (const MatrixUnitConfig& unit : exact_units()) {
    AcceleratorConfig machine = edge();
    machine.matrix = unit;
    EXPECT_THROW(explore::simulate_isolated(machine, graph, chat(), {weight_table(graph, other), records}),
                 MismatchError)
        << name_of(unit.datapath);
  }
}

}  // namespace
}  // namespace ternsim::sim
