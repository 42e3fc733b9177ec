#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"
#include "energy/energy_model.h"
#include "explore/isolated_run.h"
#include "explore/published_designs.h"
#include "model/shape_yaml.h"
#include "sim/inventory.h"
#include "sim/program/topology.h"
#include "tests/machines.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = TERNSIM_SOURCE_DIR;
const fs::path kRtl = kSource / "rtl/configs.yaml";

energy::Technology seven_nm() { return energy::Technology::load(kSource / "configs/technologies/published-7nm.yaml"); }

/// One decoded token of a shape.
sim::PhaseResult decode(const sim::AcceleratorConfig& config, const std::string& model, std::int64_t context) {
  const model::Graph graph = model::Graph::build(model::load_shape(kSource / "configs/models" / (model + ".yaml")));
  sim::Workload workload;
  workload.decode_tokens = 1;
  workload.context = context;
  workload.zero_share = 0.42;
  return explore::simulate_isolated(config, graph, workload, {}).decode;
}

double tokens_per_second(const sim::PhaseResult& phase) {
  return static_cast<double>(phase.tokens) / phase.total.counts.seconds;
}

TEST(Machines, EveryConfigurationRunsTheSmallestModelAndIsPriced) {
  for (const auto& entry : fs::directory_iterator(kSource / "configs/accelerators")) {
    const sim::AcceleratorConfig config = sim::load_accelerator(entry.path(), kRtl);
    EXPECT_EQ(config.name, entry.path().stem().string());
    const sim::PhaseResult phase = decode(config, "bitnet-b158-700m", 64);
    EXPECT_GT(tokens_per_second(phase), 1) << config.name;
    const energy::EnergyModel model(seven_nm(), sim::inventory_of(config), config.dram.type);
    EXPECT_GT(model.evaluate(phase.total.counts, energy::Corner::Mid).joules(), 0) << config.name;
  }
}

TEST(Machines, NanoStaysUnderItsArea) {
  const sim::AcceleratorConfig nano = test::shipped_machine("nano");
  const energy::EnergyModel model(seven_nm(), sim::inventory_of(nano), nano.dram.type);
  EXPECT_LT(model.square_metres(), 0.3e-6);
}

TEST(Machines, MemoriesAreAsFastAsTheirHeadersSay) {
  const std::map<std::string, double> rates{
      {"fpga-kv260", 19.2e9}, {"fpga-u280-hbm", 460.8e9},      {"server-hbm", 3.2768e12},       {"nano", 17.066e9},
      {"rom-resident", 0},    {"edge-lpddr5x-int8", 68.264e9}, {"edge-lpddr5x-w4a16", 68.264e9}};
  for (const auto& [name, rate] : rates)
    EXPECT_NEAR(test::shipped_machine(name).dram.bytes_per_second(), rate, 1) << name;
}

/// Difference from edge-lpddr5x has the matrix unit as its only cause.
TEST(Machines, EdgeVariantsShareEverythingButTheMatrixUnit) {
  const sim::AcceleratorConfig edge = test::shipped_machine("edge-lpddr5x");
  for (const char* name :
       {"edge-lpddr5x-int8", "edge-lpddr5x-w4a16", "edge-zero-skip", "edge-lut", "edge-bit-serial"}) {
    const sim::AcceleratorConfig other = test::shipped_machine(name);
    EXPECT_EQ(other.clock_hz, edge.clock_hz) << name;
    EXPECT_EQ(other.buffers.weight_bytes, edge.buffers.weight_bytes) << name;
    EXPECT_EQ(other.buffers.activation_bytes, edge.buffers.activation_bytes) << name;
    EXPECT_EQ(other.buffers.accumulator_bytes, edge.buffers.accumulator_bytes) << name;
    EXPECT_EQ(other.buffers.kv_bytes, edge.buffers.kv_bytes) << name;
    EXPECT_EQ(other.vector.lanes, edge.vector.lanes) << name;
    EXPECT_EQ(other.attention.lanes, edge.attention.lanes) << name;
    EXPECT_EQ(other.lm_head.lanes, edge.lm_head.lanes) << name;
    EXPECT_EQ(other.kv_cache.bits, edge.kv_cache.bits) << name;
    EXPECT_EQ(other.dram.memory, edge.dram.memory) << name;
    EXPECT_EQ(other.dram.channels, edge.dram.channels) << name;
    EXPECT_EQ(other.dma_setup_cycles, edge.dma_setup_cycles) << name;
  }
}

// Adders that sum weights: rows x (lanes - 1) of a tree and rows accumulators. The lut's are rows x groups, and its
// builders.
TEST(Machines, EdgeVariantsHaveComparableAdders) {
  const auto adder_bits = [](const char* name) {
    const energy::Inventory inventory = sim::inventory_of(test::shipped_machine(name));
    double bits = 0;
    for (const auto& [key, count] : inventory.operators)
      if (std::get<0>(key) == energy::Part::Matrix && std::get<1>(key) == energy::Action::IntAdd)
        bits += static_cast<double>(count) * std::get<2>(key);
    return bits;
  };
  const double edge = adder_bits("edge-lpddr5x");
  EXPECT_NEAR(adder_bits("edge-zero-skip") / edge, 1, 0.01);
  EXPECT_NEAR(adder_bits("edge-lut") / edge, 1.2, 0.2);
  EXPECT_NEAR(adder_bits("edge-bit-serial") / edge, 2.5, 0.5);
}

TEST(Machines, RefuseWhatDoesNotFit) {
  const auto refusal = [](const char* name, const char* model) -> std::string {
    try {
      decode(test::shipped_machine(name), model, 512);
    } catch (const RequestError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_NE(refusal("nano", "llama-70b-158").find("buffers.accumulator_bytes"), std::string::npos);
  EXPECT_NE(refusal("rom-resident", "llama-70b-158").find("kv_cache.sram_bytes"), std::string::npos);
}

/// Of TerEffic, the array and the clock are ours: bound by memory, its result must not depend on them.
TEST(PublishedDesigns, TereffecsResultFollowsFromItsMemoryAlone) {
  const sim::AcceleratorConfig config =
      sim::load_accelerator(kSource / "configs/published/machines/tereffic.yaml", kRtl);
  const sim::Topology topology = sim::load_topology(kSource / "configs/published/matmul-free-2.7b.csv");
  const auto seconds = [&](const sim::AcceleratorConfig& c) {
    return explore::simulate_isolated(c, sim::graph_of(topology), sim::workload_of(topology), {})
        .prefill.total.counts.seconds;
  };
  const double ours = seconds(config);
  sim::AcceleratorConfig faster = config;
  faster.clock_hz *= 2;
  sim::AcceleratorConfig wider = config;
  wider.matrix.geometry.rows *= 2;
  wider.matrix.decoder_weights_per_cycle *= 2;
  EXPECT_NEAR(seconds(faster) / ours, 1, 0.01);
  EXPECT_NEAR(seconds(wider) / ours, 1, 0.01);
}

TEST(PublishedDesigns, AMissingParameterIsNeverAReproduction) {
  explore::PublishedDesign design;
  design.missing = "lanes";
  explore::DesignRow row{&design, {explore::DesignFigure::TokensPerSecond, 100, 0.1}, 100};
  EXPECT_EQ(row.verdict(), explore::Verdict::ParameterMissing);
  design.fitted = true;
  EXPECT_EQ(row.verdict(), explore::Verdict::Fitted);
  design.missing.clear();
  EXPECT_EQ(row.verdict(), explore::Verdict::Within);
  row.simulated = 110.1;
  EXPECT_EQ(row.verdict(), explore::Verdict::Outside);
  row.simulated = 89.9;
  EXPECT_EQ(row.verdict(), explore::Verdict::Outside);
  EXPECT_FALSE(explore::reproduced({row}));
}

}  // namespace
}  // namespace ternsim
