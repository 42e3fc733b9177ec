#include "sim/program/mapper.h"

#include <algorithm>

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

using test::edge;

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

using model::OpKind;
using model::Slot;

/// Which operator's result each operator reads, from the graph alone: the last one before it that wrote the slot.
std::vector<std::vector<std::size_t>> producers_of(const model::Graph& graph) {
  std::map<Slot, std::size_t> last;
  std::vector<std::vector<std::size_t>> producers(graph.ops.size());
  for (std::size_t i = 0; i < graph.ops.size(); ++i) {
    const model::Op& op = graph.ops[i];
    std::vector<Slot> inputs{op.input};
    if (op.kind == OpKind::Rope) inputs = {Slot::Query, Slot::Key};
    if (op.kind == OpKind::Attention) inputs = {Slot::Query, Slot::Key, Slot::Value};
    if (op.kind == OpKind::FfnActivation) inputs = {Slot::Gate, Slot::Up};
    if (op.kind == OpKind::Residual) inputs = {Slot::Delta, Slot::Residual};
    for (const Slot slot : inputs)
      if (slot != Slot::None) producers[i].push_back(last.at(slot));
    last[op.output] = i;
    if (op.kind == OpKind::Rope) last[Slot::Query] = last[Slot::Key] = i;
  }
  return producers;
}

/// Which commands are surely done when a command may start: those that it waits for, all before these on the same unit
/// (units work in order, each with one latency, so results come in order), and what those waited for.
std::vector<std::set<std::int32_t>> ancestors_of(const Program& p) {
  std::vector<std::set<std::int32_t>> before(p.commands.size());    // a command starts
  std::vector<std::set<std::int32_t>> finished(p.commands.size());  // a command is done
  std::map<Unit, std::size_t> last;
  for (std::size_t i = 0; i < p.commands.size(); ++i) {
    for (const std::int32_t w : p.commands[i].waits)
      if (w != Command::kNone) before[i].merge(std::set(finished[static_cast<std::size_t>(w)]));
    finished[i] = before[i];
    finished[i].insert(static_cast<std::int32_t>(i));
    if (const auto previous = last.find(p.commands[i].unit); previous != last.end())
      finished[i].merge(std::set(finished[previous->second]));
    last[p.commands[i].unit] = i;
  }
  return before;
}

// The graph says what each operator reads; a command that starts it must come after every command that makes that value
// for these tokens, through waits alone. Small buffers, so that linears come in several chunks and tokens in blocks.
TEST(Mapper, NothingStartsBeforeWhatItReads) {
  AcceleratorConfig a = edge();
  a.buffers.weight_bytes = 2 * 5 * 16 * 64;
  a.buffers.accumulator_bytes = 9 * 4096;
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, a, {20, 3, 1});
  const auto producers = producers_of(graph);
  const auto ancestors = ancestors_of(p);
  // The commands whose end is an operator's result, by operator and first token.
  std::map<std::pair<std::size_t, std::int64_t>, std::vector<std::int32_t>> results;
  const auto is_result = [](CommandKind kind) {
    return kind == CommandKind::Dequantise || kind == CommandKind::VectorOp || kind == CommandKind::Attend ||
           kind == CommandKind::LoadEmbedding;
  };
  for (std::size_t i = 0; i < p.commands.size(); ++i)
    if (is_result(p.commands[i].kind))
      results[{static_cast<std::size_t>(p.commands[i].op), p.commands[i].token0}].push_back(
          static_cast<std::int32_t>(i));

  int checked = 0;
  const auto must_follow = [&](std::size_t command, std::int32_t before) {
    EXPECT_TRUE(ancestors[command].contains(before))
        << "command " << command << " (" << name_of(p.commands[command].kind) << ", "
        << graph.ops[static_cast<std::size_t>(p.commands[command].op)].name << ") does not wait for command " << before;
    ++checked;
  };
  for (std::size_t i = 0; i < p.commands.size(); ++i) {
    const Command& c = p.commands[i];
    const auto op = static_cast<std::size_t>(c.op);
    if (c.kind == CommandKind::Dequantise || c.kind == CommandKind::MatmulChunk || c.kind == CommandKind::HeadChunk) {
      // Its own chunk: the product before the dequantise, the load before the product.
      const CommandKind before =
          c.kind == CommandKind::Dequantise ? CommandKind::MatmulChunk : CommandKind::LoadWeights;
      std::int32_t found = Command::kNone;
      for (std::size_t j = 0; j < i; ++j)
        if (p.commands[j].kind == before && p.commands[j].op == c.op && p.commands[j].row0 == c.row0)
          found = static_cast<std::int32_t>(j);
      ASSERT_NE(found, Command::kNone);
      must_follow(i, found);
    }
    if (c.kind == CommandKind::LoadWeights || c.kind == CommandKind::LoadEmbedding) continue;
    if (c.kind == CommandKind::LoadKv) {
      // Keys and values of earlier blocks must have been stored; those of this block never leave the chip before use.
      for (std::size_t j = 0; j < p.commands.size(); ++j)
        if (p.commands[j].kind == CommandKind::StoreKv && p.commands[j].op == c.op && p.commands[j].token0 < c.token0)
          must_follow(i, static_cast<std::int32_t>(j));
      continue;
    }
    if (c.kind == CommandKind::Attend && c.part > 0) {
      std::int32_t load = Command::kNone;
      for (std::size_t j = 0; j < i; ++j)
        if (p.commands[j].kind == CommandKind::LoadKv && p.commands[j].op == c.op) load = static_cast<std::int32_t>(j);
      ASSERT_NE(load, Command::kNone);
      must_follow(i, load);
    }
    for (const std::size_t producer : producers[op]) {
      // A store of keys and values does not read the query, which the same rope makes beside the key.
      // The output norm and the head read the last block's values under their own first token.
      auto made = results.find({producer, c.token0});
      if (made == results.end() && graph.ops[op].layer < 0)
        for (auto it = results.begin(); it != results.end(); ++it)
          if (it->first.first == producer) made = it;
      ASSERT_NE(made, results.end()) << graph.ops[op].name;
      for (const std::int32_t before : made->second) must_follow(i, before);
    }
  }
  EXPECT_GT(checked, 300);
}

// Decode of one token reads each weight once: 2 bits a ternary weight, 16 a head weight; one embedding row; per layer
// keys and values (2 x 128 values x 2 bytes a position) of the 10 earlier positions; those of the new one are stored.
TEST(Mapper, DecodeMovesEachByteOnce) {
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, edge(), {1, 10, 1});
  const std::int64_t ternary = graph.ternary_weights() / 4;
  EXPECT_EQ(p.load_bytes(), ternary + 300 * 256 * 2 + 256 * 2 + 2 * (2 * 128 * 2) * 10);
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

// One token's float32 values: (256 + max(256 + 2 x 128, 3 x 256)) x 4 bytes = 4096. With room for 20,
// 40 tokens go in 20 + 20 (24, the next whole number of 8 slots, does not fit), and weights are read twice. With room
// for 24 they go in 24 + 16.
TEST(Mapper, PrefillGoesInBlocksThatFit) {
  AcceleratorConfig a = edge();
  a.buffers.accumulator_bytes = 20 * 4096;
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, a, {40, 0, 1});
  EXPECT_EQ(p.token_block, 20);
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
  EXPECT_EQ(weight_bytes, 2 * graph.ternary_weights() / 4);
  EXPECT_EQ(head_rows, 300);                // logits of the last token alone
  EXPECT_EQ(positions, 2 * (40 * 41) / 2);  // causal, two layers
  a.buffers.accumulator_bytes = 24 * 4096;
  EXPECT_EQ(map_pass(graph, a, {40, 0, 1}).token_block, 24);
}

TEST(Mapper, RefusalsNameTheKeyAndWhatWouldFit) {
  AcceleratorConfig a = edge();
  EXPECT_NE(refusal(a, {60, 10, 1}).find("context 10 + 60 tokens is longer than the model's context_length 64"),
            std::string::npos);
  a.buffers.weight_bytes = 500;
  EXPECT_NE(refusal(a, {1, 0, 1})
                .find("buffers.weight_bytes 500 is too small for blk.0.attn_q: 16 rows of 64 weights "
                      "take 256 bytes, one of 2 banks holds 250; at least 512 are needed"),
            std::string::npos);
  a = edge();
  a.buffers.kv_bytes = 1000;
  EXPECT_NE(refusal(a, {1, 1, 1})
                .find("buffers.kv_bytes 1000 is too small: keys and values of one position take 512 bytes, one of 2 "
                      "banks holds 500; at least 1024 are needed"),
            std::string::npos);
  a = edge();
  a.kv_cache = {.bits = 8, .on_chip = true, .sram_bytes = 20000};
  // 2 x 128 values of 8 bits and 2 x 2 float16 scales in 2 layers: 528 bytes a position.
  EXPECT_NE(refusal(a, {1, 60, 1})
                .find("kv_cache.sram_bytes 20000 is too small: 61 positions of 1 sequences take 32208 bytes; 37 "
                      "positions in all would fit"),
            std::string::npos);
  a = edge();
  a.buffers.accumulator_bytes = 4095;
  EXPECT_NE(refusal(a, {1, 0, 1}).find("buffers.accumulator_bytes 4095 is too small"), std::string::npos);
  a = edge();
  a.matrix.geometry.accumulator_bits = 16;  // 128 x 256 = 32768 is one too many
  EXPECT_NE(refusal(a, {1, 0, 1})
                .find("matrix_unit.accumulator_bits 16 can overflow on the 256 inputs of blk.0.attn_q; it "
                      "is good for 255"),
            std::string::npos);
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
