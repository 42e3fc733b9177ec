#include "sim/program/mapper.h"

#include <algorithm>

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

AcceleratorConfig edge() {
  const std::filesystem::path source = TERNSIM_SOURCE_DIR;
  return load_accelerator(source / "configs/accelerators/edge-lpddr5x.yaml", source / "rtl/configs.yaml");
}

model::Graph tiny_graph() { return model::Graph::build(test::tiny_shape()); }

std::string refusal(const AcceleratorConfig& accelerator, const model::Pass& pass) {
  try {
    map_pass(tiny_graph(), accelerator, pass);
  } catch (const RequestError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Mapper, CommandsWaitForEarlierOnesOnly) {
  const Program p = map_pass(tiny_graph(), edge(), {20, 3, 2});
  for (std::size_t i = 0; i < p.commands.size(); ++i)
    for (const std::int32_t w : p.commands[i].waits) EXPECT_LT(w, static_cast<std::int32_t>(i));
}

// Decode of one token reads each weight once: 2 bits a ternary weight, 16 a head weight; one embedding row; per layer
// keys and values (2 x 128 values x 2 bytes a position) of one new and of all 11 positions.
TEST(Mapper, DecodeMovesEachByteOnce) {
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, edge(), {1, 10, 1});
  const std::int64_t ternary = graph.ternary_weights() / 4;
  EXPECT_EQ(p.load_bytes(), ternary + 300 * 256 * 2 + 256 * 2 + 2 * (2 * 128 * 2) * 11);
  EXPECT_EQ(p.store_bytes(), 2 * (2 * 128 * 2));
}

TEST(Mapper, MatmulChunksCoverEveryRowOfEveryLinear) {
  AcceleratorConfig a = edge();
  a.buffers.weight_bytes = 2 * 3 * 16 * 64;  // each half holds three tiles of 16 rows x 256 weights x 2 bits
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, a, {1, 0, 1});
  std::map<std::int32_t, std::int64_t> next_row;
  for (const Command& c : p.commands) {
    if (c.kind != CommandKind::MatmulChunk) continue;
    EXPECT_EQ(c.row0, next_row[c.op]);
    EXPECT_LE(c.rows, 48);
    next_row[c.op] += c.rows;
  }
  for (const auto& [op, rows] : next_row) EXPECT_EQ(rows, graph.ops[static_cast<std::size_t>(op)].rows);
  EXPECT_EQ(next_row.size(), 14U);  // seven linears in two layers
}

// Chunk i + 2 goes where chunk i was: its load waits for the command that used chunk i.
TEST(Mapper, DoubleBufferWaitsForTheUserOfTheSameHalf) {
  AcceleratorConfig a = edge();
  a.buffers.weight_bytes = 2 * 16 * 64;
  const Program p = map_pass(tiny_graph(), a, {1, 0, 1});
  std::vector<std::int32_t> loads;
  std::vector<std::int32_t> users;
  for (std::size_t i = 0; i < p.commands.size(); ++i) {
    const Command& c = p.commands[i];
    if (c.kind == CommandKind::LoadWeights) loads.push_back(static_cast<std::int32_t>(i));
    if (c.kind == CommandKind::MatmulChunk || c.kind == CommandKind::HeadChunk)
      users.push_back(static_cast<std::int32_t>(i));
  }
  ASSERT_EQ(loads.size(), users.size());
  for (std::size_t i = 2; i < loads.size(); ++i)
    EXPECT_EQ(p.commands[static_cast<std::size_t>(loads[i])].waits[0], users[i - 2]);
}

// One token's float32 values: (256 + max(256 + 2 x 128, 3 x 256)) x 4 bytes = 4096. With room for 20 the block is 16,
// a multiple of the 8 accumulator slots: 40 tokens go in 16 + 16 + 8, and weights are read three times.
TEST(Mapper, PrefillGoesInBlocksThatFit) {
  AcceleratorConfig a = edge();
  a.buffers.accumulator_bytes = 20 * 4096;
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, a, {40, 0, 1});
  EXPECT_EQ(p.token_block, 16);
  std::int64_t weight_bytes = 0;
  std::int64_t head_rows = 0;
  std::int64_t positions = 0;
  for (const Command& c : p.commands) {
    if (c.kind == CommandKind::LoadWeights &&
        graph.ops[static_cast<std::size_t>(c.op)].kind == model::OpKind::BitLinear)
      weight_bytes += c.bytes;
    if (c.kind == CommandKind::HeadChunk) head_rows += c.rows * c.tokens;
    if (c.kind == CommandKind::Attend) positions += c.positions;
  }
  EXPECT_EQ(weight_bytes, 3 * graph.ternary_weights() / 4);
  EXPECT_EQ(head_rows, 300);                // logits of the last token alone
  EXPECT_EQ(positions, 2 * (40 * 41) / 2);  // causal, two layers
}

TEST(Mapper, RefusalsNameTheKeyAndWhatWouldFit) {
  AcceleratorConfig a = edge();
  EXPECT_NE(refusal(a, {60, 10, 1}).find("context 10 + 60 tokens is longer than the model's context_length 64"),
            std::string::npos);
  a.buffers.weight_bytes = 1024;
  EXPECT_NE(refusal(a, {1, 0, 1})
                .find("buffers.weight_bytes 1024 is too small for blk.0.attn_q: 16 rows of 256 weights "
                      "take 1024 bytes, half of it holds 512; at least 2048 are needed"),
            std::string::npos);
  a = edge();
  a.buffers.accumulator_bytes = 4095;
  EXPECT_NE(refusal(a, {1, 0, 1}).find("buffers.accumulator_bytes 4095 is too small"), std::string::npos);
  a = edge();
  a.buffers.activation_bytes = 255;
  EXPECT_NE(refusal(a, {1, 0, 1}).find("buffers.activation_bytes 255 is too small"), std::string::npos);
}

TEST(Mapper, TextShowsOneLinePerCommand) {
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, edge(), {1, 0, 1});
  const std::string text = to_text(p, graph);
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), p.commands.size());
  EXPECT_NE(text.find("matmul_chunk   blk.1.ffn_down rows=0+256 cols=256 tokens=0+1"), std::string::npos);
}

}  // namespace
}  // namespace ternsim::sim
