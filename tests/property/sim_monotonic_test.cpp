#include <gtest/gtest.h>

#include "base/random.h"
#include "explore/isolated_run.h"
#include "tests/soak.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

AcceleratorConfig edge() {
  const std::filesystem::path source = TERNSIM_SOURCE_DIR;
  return load_accelerator(source / "configs/accelerators/edge-lpddr5x.yaml", source / "rtl/configs.yaml");
}

// A better part never makes the machine slower, mapping held fixed; 1 % for alignment of bursts and refresh.
TEST(Monotonic, BetterPartsAreNeverSlower) {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  Random random(17);
  for (int n = 0; n < test::rounds(12); ++n) {
    AcceleratorConfig a = edge();
    a.dram.channels = 1 << random.below(4);
    a.vector.lanes = 4 << random.below(4);
    a.attention.lanes = 16 << random.below(4);
    a.lm_head.lanes = 16 << random.below(4);
    a.queue_depth = static_cast<int>(2 + random.below(8));
    Workload w;
    w.prefill_tokens = static_cast<std::int64_t>(random.below(20));
    w.decode_tokens = 1 + static_cast<std::int64_t>(random.below(3));
    const auto cycles = [&](const AcceleratorConfig& config) {
      const SimulationResult r = explore::simulate_isolated(config, graph, w, {});
      return static_cast<double>(r.prefill.total.cycles + r.decode.total.cycles);
    };
    const double base = cycles(a);
    AcceleratorConfig b = a;
    b.dram.channel_bytes_per_second *= 2;
    EXPECT_LE(cycles(b), base * 1.01) << "bandwidth, configuration " << n;
    b = a;
    b.vector.lanes *= 2;
    EXPECT_LE(cycles(b), base * 1.01) << "vector lanes, configuration " << n;
    b = a;
    b.lm_head.lanes *= 2;
    EXPECT_LE(cycles(b), base * 1.01) << "LM-head lanes, configuration " << n;
    b = a;
    b.queue_depth *= 2;
    EXPECT_LE(cycles(b), base * 1.01) << "queue depth, configuration " << n;
  }
}

}  // namespace
}  // namespace ternsim::sim
