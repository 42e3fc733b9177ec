#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"
#include "explore/isolated_run.h"
#include "tests/machines.h"
#include "tests/soak.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

using test::edge;

std::int64_t pick(Random& random, std::initializer_list<std::int64_t> values) {
  return values.begin()[random.below(values.size())];
}

/// Any datapath at any size, with the packing and widths that it takes.
MatrixUnitConfig random_matrix(Random& random) {
  MatrixUnitConfig m;
  m.datapath = static_cast<DatapathKind>(random.below(7));
  m.geometry.rows = static_cast<int>(pick(random, {4, 8, 16, 32}));
  m.geometry.lanes = static_cast<int>(pick(random, {16, 32, 64}));
  m.geometry.slots = static_cast<int>(pick(random, {1, 4, 8}));
  m.geometry.tree_levels_per_stage = static_cast<int>(1 + random.below(3));
  m.dataflow = random.below(2) == 0 ? Dataflow::OutputStationary : Dataflow::WeightStationary;
  m.packing = random.below(2) == 0 ? WeightPacking::TwoBit : WeightPacking::Base3;
  m.zero_gating = random.below(2) == 0;
  if (m.datapath == DatapathKind::Fp16Mac) m.packing = WeightPacking::Fp16;
  if (m.datapath == DatapathKind::W4A16Mac) m.packing = WeightPacking::Int4Groups;
  if (m.packing == WeightPacking::Base3) m.decoder_weights_per_cycle = static_cast<int>(pick(random, {40, 160, 640}));
  if (!m.exact()) m.activation_bits = 16;
  if (!m.ternary()) m.zero_gating = false;
  m.gather_inputs = random.below(3) == 0;
  m.skip_window = m.geometry.lanes * static_cast<int>(1 + random.below(4));
  m.lut_group = static_cast<int>(1 + random.below(5));
  m.lut_build_adders = static_cast<int>(1 + random.below(16));
  if (m.datapath == DatapathKind::ZeroSkip) m.gather_inputs = false;
  if (m.datapath == DatapathKind::Lut) {
    m.dataflow = Dataflow::TableStationary;
    m.zero_gating = false;
  }
  return m;
}

AcceleratorConfig random_machine(Random& random) {
  AcceleratorConfig a = edge();
  a.matrix = random_matrix(random);
  a.dram.channels = static_cast<int>(pick(random, {1, 2, 4, 8}));
  a.vector.lanes = static_cast<int>(pick(random, {4, 8, 16, 32}));
  a.attention.lanes = static_cast<int>(pick(random, {16, 32, 64, 128}));
  a.attention.special_lanes = static_cast<int>(pick(random, {1, 4, 8}));
  a.lm_head.lanes = static_cast<int>(pick(random, {16, 32, 64, 128}));
  a.queue_depth = static_cast<int>(2 + random.below(8));
  a.buffers.weight_bytes = pick(random, {16384, 65536, 524288});
  a.buffers.weight_banks = static_cast<int>(1 + random.below(2));
  a.buffers.accumulator_bytes = pick(random, {32768, 2097152});
  a.kv_cache.bits = static_cast<int>(pick(random, {16, 8, 4, 3}));
  if (random.below(3) == 0) a.kv_cache = {a.kv_cache.bits, true, 1 << 20};
  if (random.below(3) == 0) a.resident = {ResidentStorage::Rom, pick(random, {20000, 1 << 20})};
  return a;
}

Workload random_workload(Random& random) {
  Workload w;
  w.prefill_tokens = static_cast<std::int64_t>(random.below(20));
  w.decode_tokens = 1 + static_cast<std::int64_t>(random.below(3));
  w.context = static_cast<std::int64_t>(random.below(20));
  w.batch = pick(random, {1, 1, 3});
  w.zero_share = 0.1 * static_cast<double>(random.below(8));
  w.hidden_zero_share = 0.1 * static_cast<double>(random.below(8));
  return w;
}

double cycles_of(const AcceleratorConfig& config, const model::Graph& graph, const Workload& workload) {
  const SimulationResult r = explore::simulate_isolated(config, graph, workload, {});
  return static_cast<double>(r.prefill.total.cycles + r.decode.total.cycles);
}

struct Case {
  model::Graph graph;
  AcceleratorConfig machine;
  Workload workload;
  double cycles = 0;
  std::string name;
};

Case random_case(Random& random, int number) {
  Case c{model::Graph::build(test::tiny_variants()[random.below(11)].shape),
         random_machine(random),
         random_workload(random),
         0,
         {}};
  c.cycles = cycles_of(c.machine, c.graph, c.workload);
  c.name = fmt::format("configuration {}, {}, {}", number, name_of(c.machine.matrix.datapath), c.graph.shape.name);
  return c;
}

// A better part never makes the machine slower, mapping held fixed; 1 % for alignment of bursts and refresh.
TEST(Monotonic, BetterPartsAreNeverSlower) {
  Random random(17);
  std::map<std::string, int> mattered;
  for (int n = 0; n < test::rounds(60); ++n) {
    const Case c = random_case(random, n);
    const auto never_slower = [&](const char* what, auto improve) {
      AcceleratorConfig b = c.machine;
      improve(b);
      const double better = cycles_of(b, c.graph, c.workload);
      mattered[what] += better < c.cycles ? 1 : 0;
      EXPECT_LE(better, c.cycles * 1.01) << what << ", " << c.name;
    };
    never_slower("bandwidth", [](AcceleratorConfig& b) {
      b.dram.transfers_per_second *= 2;  // the clock of the command bus as well: every time stays what it is
      b.dram.t_ccd_short_s /= 2;
      b.dram.t_ccd_long_s /= 2;
    });
    never_slower("vector lanes", [](AcceleratorConfig& b) { b.vector.lanes *= 2; });
    never_slower("attention lanes", [](AcceleratorConfig& b) {
      b.attention.lanes *= 2;
      b.attention.special_lanes *= 2;
    });
    never_slower("LM-head lanes", [](AcceleratorConfig& b) { b.lm_head.lanes *= 2; });
    never_slower("queue depth", [](AcceleratorConfig& b) { b.queue_depth *= 2; });
    never_slower("refresh", [](AcceleratorConfig& b) { b.dram.t_rfc_s /= 2; });
    never_slower("decoder", [](AcceleratorConfig& b) { b.matrix.decoder_weights_per_cycle *= 2; });
    never_slower("table adders", [](AcceleratorConfig& b) { b.matrix.lut_build_adders *= 2; });
    never_slower("DMA set-up", [](AcceleratorConfig& b) { b.dma_setup_cycles /= 2; });
  }
  for (const auto& [what, times] : mattered) EXPECT_GT(times, 0) << what << " never made a difference";
}

// More work never takes less time.
TEST(Monotonic, MoreWorkIsNeverFaster) {
  Random random(18);
  std::map<std::string, int> mattered;
  for (int n = 0; n < test::rounds(60); ++n) {
    const Case c = random_case(random, n);
    const auto never_faster = [&](const char* what, auto add) {
      Workload more = c.workload;
      add(more);
      const double longer = cycles_of(c.machine, c.graph, more);
      mattered[what] += longer > c.cycles ? 1 : 0;
      EXPECT_GE(longer * 1.01, c.cycles) << what << ", " << c.name;
    };
    never_faster("context", [](Workload& m) { m.context += 5; });
    never_faster("batch", [](Workload& m) { m.batch += 1; });
    never_faster("prompt", [](Workload& m) { m.prefill_tokens += 3; });
    never_faster("decode", [](Workload& m) { m.decode_tokens += 1; });
    never_faster("fewer zero weights", [](Workload& m) { m.zero_share /= 2; });
    never_faster("fewer zero inputs", [](Workload& m) { m.hidden_zero_share /= 2; });
  }
  for (const auto& [what, times] : mattered) EXPECT_GT(times, 0) << what << " never made a difference";
}

}  // namespace
}  // namespace ternsim::sim
