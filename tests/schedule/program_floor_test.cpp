#include <gtest/gtest.h>

#include "sim/program/mapper.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

Command load(std::uint64_t address, std::int64_t bytes) {
  Command c;
  c.kind = CommandKind::LoadWeights;
  c.address = address;
  c.bytes = bytes;
  return c;
}

TEST(DistinctBytes, CountsEachByteOnce) {
  Program program;
  EXPECT_EQ(program.distinct_dram_bytes(), 0);
  program.commands = {load(100, 50), load(0, 10), load(100, 50)};
  EXPECT_EQ(program.distinct_dram_bytes(), 60);
  program.commands.push_back(load(140, 20));  // 10 new ones behind the 50
  EXPECT_EQ(program.distinct_dram_bytes(), 70);
  program.commands.push_back(load(110, 5));  // inside
  program.commands.push_back(load(5, 100));  // over the gap: 10 ... 99
  EXPECT_EQ(program.distinct_dram_bytes(), 160);
}

TEST(DistinctBytes, OfADecodePassAreItsLoadsAndStores) {
  // One token reads each weight and each cached position once: nothing is loaded twice. With a tied LM head the
  // token's row of the embedding would be.
  model::ModelShape shape = test::tiny_shape();
  shape.tied_embedding = false;
  const model::Graph graph = model::Graph::build(shape);
  const Program decode = map_pass(graph, test::edge(), {.tokens = 1, .context = 5, .batch = 1});
  EXPECT_EQ(decode.distinct_dram_bytes(), decode.load_bytes() + decode.store_bytes());
}

TEST(DistinctBytes, DoNotGrowWithTokenBlocks) {
  // Two blocks read every weight twice; what must move stays.
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  AcceleratorConfig halves = test::edge();
  halves.mapping.token_block = 4;
  const model::Pass prompt{.tokens = 8, .context = 0, .batch = 1};
  const Program whole = map_pass(graph, test::edge(), prompt);
  const Program split = map_pass(graph, halves, prompt);
  EXPECT_GT(split.load_bytes(), whole.load_bytes());
  // The second block loads the keys and values that the first has stored: the same bytes.
  EXPECT_EQ(split.distinct_dram_bytes(), whole.distinct_dram_bytes());
  EXPECT_LT(split.distinct_dram_bytes(), split.load_bytes());
}

}  // namespace
}  // namespace ternsim::sim
