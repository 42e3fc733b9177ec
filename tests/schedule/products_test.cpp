#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "explore/isolated_run.h"
#include "sim/program/mapper.h"
#include "sim/program/topology.h"
#include "tests/machines.h"

namespace ternsim::sim {
namespace {

using test::edge;

const std::filesystem::path kSource = TERNSIM_SOURCE_DIR;

Topology two_layers() { return {"two", {{"first", 96, 256, 5}, {"second", 32, 128, 3}}}; }

std::int64_t sum(const Program& program, CommandKind kind, std::int64_t Command::*field) {
  std::int64_t total = 0;
  for (const Command& c : program.commands)
    if (c.kind == kind) total += c.*field;
  return total;
}

// 96 x 256 + 32 x 128 weights of two bits: 6144 + 1024 bytes.
TEST(Products, LoadEveryWeightOnceWhereTheTokensFit) {
  const Topology topology = two_layers();
  const Program p = map_products(graph_of(topology), edge(), workload_of(topology).op_tokens);
  EXPECT_EQ(sum(p, CommandKind::LoadWeights, &Command::bytes), 6144 + 1024);
  EXPECT_EQ(sum(p, CommandKind::MatmulChunk, &Command::rows), 96 + 32);
  EXPECT_EQ(sum(p, CommandKind::Dequantise, &Command::rows), 96 + 32);
  EXPECT_EQ(p.dram_weight_bytes, 6144 + 1024);
  EXPECT_EQ(p.kv_bytes, 0);
}

TEST(Products, ALayerWaitsForTheOneBefore) {
  const Topology topology = two_layers();
  const Program p = map_products(graph_of(topology), edge(), workload_of(topology).op_tokens);
  std::int32_t last_of_first = Command::kNone;
  for (std::size_t i = 0; i < p.commands.size(); ++i) {
    const Command& c = p.commands[i];
    if (c.op == 0) last_of_first = static_cast<std::int32_t>(i);
    if (c.op == 1 && c.kind == CommandKind::MatmulChunk) {
      EXPECT_NE(std::ranges::find(c.waits, last_of_first), c.waits.end());
    }
  }
  EXPECT_EQ(p.commands[static_cast<std::size_t>(last_of_first)].kind, CommandKind::Dequantise);
}

// 1000 inputs of 1024 bytes in 262144 bytes of activation SRAM: 256 at a time, four blocks of 250, in whole groups of
// eight slots 256. The weights are read again for each.
TEST(Products, ManyTokensGoInBlocksThatFit) {
  const Topology topology{"many", {{"layer", 64, 1024, 1000}}};
  const Program p = map_products(graph_of(topology), edge(), workload_of(topology).op_tokens);
  EXPECT_EQ(p.token_block, 256);
  EXPECT_EQ(sum(p, CommandKind::LoadWeights, &Command::bytes), 4 * 64 * 1024 / 4);
  EXPECT_EQ(sum(p, CommandKind::MatmulChunk, &Command::tokens), 1000);
}

TEST(Products, AnInputThatDoesNotFitNamesTheBuffer) {
  const Topology topology{"wide", {{"layer", 64, 300'000, 1}}};
  try {
    map_products(graph_of(topology), edge(), workload_of(topology).op_tokens);
    FAIL() << "accepted";
  } catch (const RequestError& e) {
    EXPECT_NE(std::string(e.what()).find("buffers.activation_bytes"), std::string::npos) << e.what();
  }
}

TEST(Products, GraphsOfOtherOperatorsAreRefused) {
  model::Graph graph = graph_of(two_layers());
  const std::vector<std::int64_t> tokens{5, 3};
  EXPECT_THROW(map_products(graph, edge(), std::span(tokens).first(1)), std::logic_error);
  graph.ops[0].kind = model::OpKind::RmsNorm;
  EXPECT_THROW(map_products(graph, edge(), tokens), std::logic_error);
}

// 16 rows x 64 lanes: 6 row tiles x 4 beats x 5 tokens + 2 x 2 x 3 = 132 cycles of the matrix unit.
TEST(Products, RunForTheBeatsOfTheirTiles) {
  const Topology topology = two_layers();
  const SimulationResult result = explore::simulate_isolated(edge(), graph_of(topology), workload_of(topology), {});
  EXPECT_EQ(result.prefill.total.units[static_cast<std::size_t>(Unit::Matrix)].busy, 132);
  EXPECT_EQ(result.prefill.passes, 1);
  EXPECT_EQ(result.decode.passes, 0);
}

}  // namespace
}  // namespace ternsim::sim
