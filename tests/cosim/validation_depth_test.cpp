// The model takes its latency from the parameters: an engine whose pipeline is another one is found out, and with that
// one's parameters the model follows it.
#include <gtest/gtest.h>

#include "Vengine_shallow.h"
#include "cosim/validation.h"
#include "rtl/verilated_engine_body.h"

namespace ternsim::cosim {
namespace {

sim::EngineGeometry small() {
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries())
    if (g.unit.name == "small") return g;
  throw std::logic_error("no configuration 'small'");
}

/// Programs whose cycles, and whose counters, the model and the engine agree on; of 40.
int equal_programs(const sim::EngineGeometry& modelled) {
  sim::EngineModel model("model", modelled);
  const auto engine = rtl::engine_entry<Vengine_shallow>(small()).make();
  Random random(79);
  int equal = 0;
  for (int i = 0; i < 40; ++i) {
    const ValidationRow row =
        compare(model, *engine, i % 2 == 0 ? random_program(small(), random) : random_stalled_program(small(), random));
    EXPECT_EQ(row.systemc.beats, row.rtl.beats);
    if (row.equal()) ++equal;
  }
  return equal;
}

// Two levels a stage where `small` has one: latency 4 and not 6.
TEST(PipelineDepth, AnotherPipelineIsFoundOutByEveryProgram) { EXPECT_EQ(equal_programs(small()), 0); }

TEST(PipelineDepth, ItsParametersMakeTheModelFollow) {
  sim::EngineGeometry shallow = small();
  shallow.unit.tree_levels_per_stage = 2;
  ASSERT_EQ(shallow.unit.latency(), small().unit.latency() - 2);
  EXPECT_EQ(equal_programs(shallow), 40);
}

}  // namespace
}  // namespace ternsim::cosim
