// Every matrix product of a small model's inference on the whole Verilated engine, through its registers and streams.
#include <gtest/gtest.h>

#include <string>

#include "cosim/engine_run.h"
#include "model/cpu_engine.h"
#include "rtl/engine_driver.h"
#include "rtl/rtl_engine.h"
#include "tests/tiny_model.h"

namespace ternsim::rtl_test {
namespace {

class RtlEngineTopProgram : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Configs, RtlEngineTopProgram, testing::Values("nano", "small", "edge", "wide"),
                         [](const auto& config) { return config.param; });

cosim::EngineRun run(const model::Model& model, model::MatrixEngine& engine) {
  return cosim::run_engine(model, engine, test::random_tokens(4, 6), 5, {}, {}, {});
}

TEST_P(RtlEngineTopProgram, AModelComputesTheSameBitsAsOnTheCpuKernels) {
  const model::Model model = test::make_tiny_model(6);
  model::CpuEngine cpu;
  rtl::EngineDriver disturbed(GetParam(), {.seed = 9, .input_gap = 0.1, .output_stall = 0.1});
  const cosim::EngineRun expected = run(model, cpu);
  const cosim::EngineRun actual = run(model, disturbed);
  EXPECT_EQ(cosim::difference(expected, actual), "");
  EXPECT_EQ(expected.hash, actual.hash);
}

// The bare unit takes beats + latency cycles for a product; the engine has two more, and the weights' decoder where it
// has one, for each of the model's products, which all fit one command.
TEST_P(RtlEngineTopProgram, AModelTakesTwoOrThreeCyclesAProductMoreThanOnTheBareUnit) {
  const model::Model model = test::make_tiny_model(6);
  rtl::RtlEngine unit(GetParam());
  rtl::EngineDriver engine(GetParam());
  const cosim::EngineRun bare = run(model, unit);
  const cosim::EngineRun whole = run(model, engine);
  EXPECT_EQ(bare.hash, whole.hash);
  EXPECT_EQ(whole.counters.lane_adds, bare.counters.lane_adds);
  ASSERT_GT(whole.counters.matmuls, 0U);
  EXPECT_EQ(whole.counters.tiles, whole.counters.matmuls);
  const bool base3 = engine.geometry().weight_packing == sim::StreamPacking::Base3;
  EXPECT_EQ(whole.counters.cycles, bare.counters.cycles + (base3 ? 3 : 2) * whole.counters.matmuls);
}

}  // namespace
}  // namespace ternsim::rtl_test
