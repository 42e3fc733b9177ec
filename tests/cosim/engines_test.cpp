#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "cosim/engine_run.h"
#include "model/cpu_engine.h"
#include "rtl/rtl_engine.h"
#include "sim/systemc_engine.h"
#include "tests/tiny_model.h"

namespace ternsim::cosim {
namespace {

sim::MatrixGeometry geometry(const char* name) {
  const std::filesystem::path source = TERNSIM_SOURCE_DIR;
  return sim::find_rtl_config(source / "rtl/configs.yaml", name);
}

EngineRun run(const model::Model& model, model::MatrixEngine& engine, const std::optional<Fault>& fault = {}) {
  return run_engine(model, engine, test::random_tokens(4, 6), 5, {}, {}, fault);
}

class Engines : public ::testing::TestWithParam<const char*> {};

TEST_P(Engines, CpuSystemCAndRtlComputeTheSameBits) {
  const model::Model model = test::make_tiny_model(6);
  model::CpuEngine cpu;
  sim::SystemCEngine systemc(geometry(GetParam()));
  rtl::RtlEngine rtl(geometry(GetParam()));
  const EngineRun a = run(model, cpu);
  const EngineRun b = run(model, systemc);
  const EngineRun c = run(model, rtl);
  EXPECT_EQ(difference(a, b), "");
  EXPECT_EQ(difference(a, c), "");
  EXPECT_EQ(a.hash, c.hash);
  // Six prompt tokens and four of the five generated ones go through the model.
  const auto weights = static_cast<std::uint64_t>(model::Graph::build(model.shape).ternary_weights());
  EXPECT_EQ(a.graph_lane_adds, 10 * weights);
  // Latency is fixed and nothing disturbs the units: cycle for cycle the same, too.
  EXPECT_EQ(b.counters.cycles, c.counters.cycles);
  EXPECT_EQ(b.counters.tiles, c.counters.tiles);
}

INSTANTIATE_TEST_SUITE_P(Configs, Engines, ::testing::Values("small", "edge"));

TEST(Fault, OneFlippedSumIsFoundAndNamed) {
  const model::Model model = test::make_tiny_model(6);
  model::CpuEngine clean;
  const EngineRun reference = run(model, clean);
  for (const int layer : {0, 1}) {
    model::CpuEngine engine;
    const EngineRun faulty = run(model, engine, Fault{"cpu", layer});
    EXPECT_EQ(difference(reference, faulty),
              "cpu and cpu differ first in pass 0, blk." + std::to_string(layer) + ".attn_q");
  }
  model::CpuEngine engine;
  EXPECT_EQ(difference(reference, run(model, engine, Fault{"rtl", 0})), "");  // meant for another engine
}

TEST(Fault, FormIsChecked) {
  EXPECT_EQ(parse_fault("rtl:3", 4).layer, 3);
  for (const char* text : {"rtl", "rtl:", "rtl:x", "gpu:1", "rtl:4", "rtl:-1", ":1", "rtl:1 "})
    EXPECT_THROW(parse_fault(text, 4), RequestError) << text;
}

TEST(RunEngine, RefusesWhatDoesNotFitTheContext) {
  const model::Model model = test::make_tiny_model(6);  // context 64
  model::CpuEngine engine;
  EXPECT_THROW(run_engine(model, engine, {}, 5, {}, {}, {}), RequestError);
  EXPECT_THROW(run_engine(model, engine, test::random_tokens(4, 60), 6, {}, {}, {}), RequestError);
  EXPECT_EQ(run_engine(model, engine, test::random_tokens(4, 60), 5, {}, {}, {}).tokens.size(), 5U);
}

TEST(RunEngine, EndsBehindAnyOfTheStopIds) {
  const model::Model model = test::make_tiny_model(6);
  model::CpuEngine engine;
  const std::vector<std::int32_t> prompt = test::random_tokens(4, 6);
  const std::vector<std::int32_t> free = run_engine(model, engine, prompt, 12, {}, {}, {}).tokens;
  ASSERT_EQ(free.size(), 12U);
  for (const std::size_t at : {std::size_t{0}, std::size_t{5}}) {
    const auto end = std::ranges::find(free, free[at]) + 1;
    std::int32_t never = 0;
    while (std::ranges::find(free, never) != free.end()) ++never;
    for (const std::vector<std::int32_t>& stops :
         {std::vector<std::int32_t>{never, free[at]}, std::vector<std::int32_t>{free[at], never}}) {
      EXPECT_EQ(run_engine(model, engine, prompt, 12, {}, stops, {}).tokens, std::vector(free.begin(), end));
    }
  }
}

TEST(RunEngine, SaysHowKeysAndValuesWereKept) {
  const model::Model model = test::make_tiny_model(6);
  model::CpuEngine engine;
  const auto kept = [&](const model::InferenceOptions& options) {
    return run_engine(model, engine, test::random_tokens(4, 6), 1, {}, {}, {}, {}, options).kv;
  };
  EXPECT_EQ(kept({}), model::KvPrecision::F32);
  EXPECT_EQ(kept({.mode = model::Compatibility::BitnetCpp}), model::KvPrecision::F16);
  EXPECT_EQ(kept({.kv = model::KvPrecision::Int4, .mode = model::Compatibility::BitnetCpp}), model::KvPrecision::Int4);
}

}  // namespace
}  // namespace ternsim::cosim
