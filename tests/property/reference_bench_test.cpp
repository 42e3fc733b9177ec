#include "model/bench.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/ternary_gemm.h"
#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/quantised_head.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

constexpr BenchOptions kShort{.prefill = 5, .decode = 7, .context = 3, .repeats = 3, .limit_bytes = 1 << 22};

TEST(Bench, CountsWhatAStepReads) {
  const Model model = test::make_tiny_model(3);
  kernels::ThreadPool pool(2);
  std::uint64_t parts = 0;
  const BenchResult result = run_bench(model, pool, {}, kShort, [&parts] { ++parts; });
  EXPECT_EQ(parts, bench_parts(kShort));
  EXPECT_EQ(result.prefill_seconds.size(), 3U);
  EXPECT_EQ(result.decode_seconds.size(), 3U);
  // Two layers of q, o, gate, up, down 256 x 256 and k, v 128 x 256: no row of random weights is all zero.
  const std::uint64_t weights = 2 * (5 * 256 * 256 + 2 * 128 * 256);
  EXPECT_EQ(result.ternary_macs, weights);
  EXPECT_EQ(result.ternary_bytes, static_cast<double>(weights) / 4);
  EXPECT_EQ(result.head_bytes, 300U * 256U * 2U);
  // Keys and values of 3 + 7 positions, two layers of 128 floats each.
  EXPECT_EQ(result.kv_bytes, 10U * 2U * 2U * 128U * 4U);
  // Five gains of 256 in all but the norms inside: 4 a layer and the last.
  EXPECT_EQ(weight_bytes(model), weights / 4 + 300U * 256U * 2U + 9U * 256U * 4U);
  EXPECT_GT(result.limits.best_read().gb_per_s, 0);
  EXPECT_GT(result.limits.int8_gmac_s, 0);
}

TEST(Bench, StepsPartsAddUp) {
  const Model model = test::make_tiny_model(3);
  kernels::ThreadPool pool(1);
  const BenchResult result = run_bench(model, pool, {}, kShort);
  const DecodeBreakdown& step = result.step;
  for (const double part : {step.ternary, step.dequantise, step.head, step.attention, step.norm, step.quantise,
                            step.activation, step.rest}) {
    EXPECT_GT(part, 0);
    EXPECT_LT(part, step.total());
  }
  const StatisticNode node = bench_report(model, pool, kShort, {}, result);
  double shares = 0;
  for (const Statistic& statistic : node.find_child("decode_step")->statistics) {
    if (statistic.name.ends_with("_share")) shares += std::get<double>(statistic.value);
  }
  EXPECT_NEAR(shares, 1.0, 1e-9);
}

double number(const StatisticNode& node, const char* child, const char* name) {
  return std::get<double>(node.find_child(child)->find(name)->value);
}

TEST(Bench, ReportsRatesAndFractionsOfThem) {
  const Model model = test::make_tiny_model(3);
  kernels::ThreadPool pool(2);
  BenchResult result;
  result.prefill_seconds = {0.5, 0.25, 1.0};
  result.decode_seconds = {0.5, 0.35, 0.7, 7.0};
  result.step.ternary = 1;
  result.ternary_bytes = 1000;
  result.head_bytes = 500;
  result.ternary_macs = 4'000'000;
  result.kv_bytes = 64;
  result.resident_bytes = weight_bytes(model) + 64 + 4096;
  result.limits.read_loops = {{"slow", 1e-6}, {"fast", 5e-5}};
  result.limits.int8_gmac_s = 0.16;
  const StatisticNode node = bench_report(model, pool, kShort, {.seconds = 2, .memory = {}}, result);
  EXPECT_DOUBLE_EQ(number(node, "prefill", "tokens_per_second"), 10);       // 5 tokens in 0.5 s
  EXPECT_DOUBLE_EQ(number(node, "prefill", "best_tokens_per_second"), 20);  // in 0.25 s
  EXPECT_DOUBLE_EQ(number(node, "prefill", "int8_peak_fraction"), 0.25);    // 4e6 x 10 / 0.16e9
  EXPECT_DOUBLE_EQ(number(node, "prefill", "best_int8_peak_fraction"), 0.5);
  EXPECT_EQ(node.find_child("prefill")->find("tile_peak_fraction"), nullptr) << "no tiles, no fraction";
  EXPECT_EQ(node.find_child("machine")->find("tile_peak_gmac_per_second"), nullptr);
  EXPECT_DOUBLE_EQ(number(node, "decode", "tokens_per_second"), 7 / 0.6);  // between 0.5 and 0.7
  EXPECT_DOUBLE_EQ(number(node, "decode", "best_tokens_per_second"), 20);
  EXPECT_DOUBLE_EQ(number(node, "decode", "bytes_per_token"), 1500);
  EXPECT_DOUBLE_EQ(number(node, "decode", "best_bandwidth_fraction"), 0.6);  // 1500 x 20 / 50e3
  EXPECT_DOUBLE_EQ(number(node, "decode", "bandwidth_fraction"), 1500 * (7 / 0.6) / 50e3);
  EXPECT_DOUBLE_EQ(number(node, "machine", "read_bandwidth"), 50e3);
  EXPECT_DOUBLE_EQ(number(node, "memory", "other"), 4096);
}

TEST(Bench, ReportsTheFractionOfTilesBesideThatOfVectors) {
  const Model model = test::make_tiny_model(3);
  kernels::ThreadPool pool(1);
  BenchResult result;
  result.prefill_seconds = {0.5};
  result.decode_seconds = {0.5};
  result.step.ternary = 1;
  result.ternary_macs = 4'000'000;
  result.limits.read_loops = {{"one", 1e-6}};
  result.limits.int8_gmac_s = 0.02;
  result.limits.tile_gmac_s = 0.16;
  result.limits.tile_instruction = "tile";
  const StatisticNode node = bench_report(model, pool, kShort, {}, result);
  EXPECT_DOUBLE_EQ(number(node, "prefill", "int8_peak_fraction"), 2);  // 4e6 x 10 / 0.02e9: more than vectors can do
  EXPECT_DOUBLE_EQ(number(node, "prefill", "tile_peak_fraction"), 0.25);
  EXPECT_DOUBLE_EQ(number(node, "machine", "tile_peak_gmac_per_second"), 0.16);
  EXPECT_EQ(std::get<std::string>(node.find_child("machine")->find("tile_instruction")->value), "tile");
}

TEST(Bench, RefusesMoreThanTheContext) {
  const Model model = test::make_tiny_model(3);  // 64 positions
  kernels::ThreadPool pool(1);
  BenchOptions options = kShort;
  options.context = 60;
  try {
    run_bench(model, pool, {}, options);
    FAIL();
  } catch (const RequestError& e) {
    EXPECT_STREQ(e.what(),
                 "the bench needs 67 positions (prefill 5; context 60 and decode 7), but the model's context length is "
                 "64");
  }
}

TEST(Bench, OperatorTimerSeesEveryOperatorAndEnds) {
  const Model model = test::make_tiny_model(3);
  CpuEngine engine;
  Inference inference(model, engine);
  std::vector<std::string> names;
  inference.time_operators([&names](const Op& op, double seconds) {
    names.push_back(op.name);
    EXPECT_GE(seconds, 0);
  });
  const std::vector<std::int32_t> tokens = {1};
  inference.forward(tokens);
  ASSERT_EQ(names.size(), inference.graph().ops.size());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], inference.graph().ops[i].name);
  inference.time_operators({});
  inference.forward(tokens);
  EXPECT_EQ(names.size(), inference.graph().ops.size());
}

TEST(ProcessMemory, ReadsTheLineOfThatName) {
  const std::string_view text = "VmHWMx:\t1 kB\nVmHWM:\t   812 kB\nVmRSS:\t70 kB";
  EXPECT_EQ(kilobytes_of(text, "VmHWM"), 812U * 1024U);
  EXPECT_EQ(kilobytes_of(text, "VmRSS"), 70U * 1024U);
  EXPECT_EQ(kilobytes_of(text, "VmSwap"), 0U);
  const ProcessMemory before = read_process_memory();
  const std::vector<char> pages(1 << 24, 1);
  EXPECT_GE(read_process_memory().resident, before.resident + (1 << 23)) << "16 MiB more are in use: " << pages[99];
}

}  // namespace
}  // namespace ternsim::model
