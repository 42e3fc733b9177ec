#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "sim/program/mapper.h"
#include "sim/program/memory_map.h"
#include "sim/program/token_blocks.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

using test::edge;

model::Graph tiny_graph() { return model::Graph::build(test::tiny_shape()); }

std::vector<Command> of_kind(const Program& p, CommandKind kind) {
  std::vector<Command> out;
  std::ranges::copy_if(p.commands, std::back_inserter(out), [kind](const Command& c) { return c.kind == kind; });
  return out;
}

std::int64_t bytes_of(const std::vector<Command>& commands) {
  std::int64_t bytes = 0;
  for (const Command& c : commands) bytes += c.bytes;
  return bytes;
}

// A bank of 500 bytes holds no tile of 16 rows x 256 weights x 2 bits = 1024 bytes. Three parts: ceil(256 / 3) = 86,
// rounded up to whole beats of 64 lanes = 128 columns = 512 bytes, still too many; four parts of 64 columns = 256
// bytes.
TEST(Parts, OfKWhereNoTileFitsABank) {
  AcceleratorConfig a = edge();
  a.buffers.weight_bytes = 1000;
  const model::Graph graph = tiny_graph();
  const Program p = map_pass(graph, a, {1, 0, 1});
  std::map<std::pair<std::int32_t, std::int64_t>, std::int64_t> next_col;
  for (const Command& c : of_kind(p, CommandKind::MatmulChunk)) {
    EXPECT_EQ(c.parts, 4);
    EXPECT_EQ(c.rows, 16);
    EXPECT_EQ(c.cols, 64);
    EXPECT_EQ(c.col0, (next_col[{c.op, c.row0}]));
    next_col[{c.op, c.row0}] += c.cols;
  }
  for (const auto& [tile, cols] : next_col) EXPECT_EQ(cols, 256);
  // One dequantise a tile, behind its last part.
  EXPECT_EQ(of_kind(p, CommandKind::Dequantise).size(), next_col.size());
  std::int64_t linear = 0;
  for (const Command& c : of_kind(p, CommandKind::LoadWeights)) linear += c.linear ? c.bytes : 0;
  EXPECT_EQ(linear, graph.ternary_weights() / 4);
}

TEST(Resident, WeightsThatFitNeedNoLoad) {
  AcceleratorConfig a = edge();
  const model::Graph graph = tiny_graph();
  a.resident = {ResidentStorage::Rom, graph.ternary_weights() / 4};
  const Program p = map_pass(graph, a, {1, 0, 1});
  EXPECT_EQ(p.resident_bytes, graph.ternary_weights() / 4);
  for (const Command& c : of_kind(p, CommandKind::MatmulChunk)) EXPECT_TRUE(c.resident);
  for (const Command& c : of_kind(p, CommandKind::LoadWeights)) EXPECT_FALSE(c.linear);  // the head still streams
  EXPECT_EQ(bytes_of(of_kind(p, CommandKind::LoadWeights)), 300 * 256 * 2);
}

// One byte less than all linears: the last that does not fit is streamed, smaller ones behind it may still fit.
TEST(Resident, OneMatrixTooManyIsStreamed) {
  AcceleratorConfig a = edge();
  const model::Graph graph = tiny_graph();
  a.resident = {ResidentStorage::Sram, graph.ternary_weights() / 4 - 1};
  const Program p = map_pass(graph, a, {1, 0, 1});
  std::int64_t linear = 0;
  for (const Command& c : of_kind(p, CommandKind::LoadWeights)) linear += c.linear ? c.bytes : 0;
  EXPECT_EQ(linear, 256 * 256 / 4);  // the last ffn_down
  EXPECT_EQ(p.resident_bytes, graph.ternary_weights() / 4 - linear);
}

TEST(Resident, EverythingOnChipNeedsNoDram) {
  AcceleratorConfig a = edge();
  a.resident = {ResidentStorage::Rom, 1 << 20};
  a.kv_cache = {.bits = 16, .on_chip = true, .sram_bytes = 1 << 20};
  const Program p = map_pass(tiny_graph(), a, {3, 5, 2});
  EXPECT_EQ(p.load_bytes() + p.store_bytes(), 0);
  for (const Command& c : p.commands) EXPECT_NE(c.unit, Unit::Dma);
}

TEST(Resident, AMachineWithoutDramSaysWhatItLacks) {
  AcceleratorConfig a = edge();
  a.dram = {};
  a.dram.memory = "none";
  const auto refusal = [&a] {
    try {
      map_pass(tiny_graph(), a, {1, 3, 1});
    } catch (const RequestError& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  // 14 linears' 256 x (5 x 256 + 2 x 128) x 2 / 4 bytes and a tied F16 embedding of 300 x 256.
  EXPECT_NE(refusal().find("token_embd does not fit resident_weights.bytes 0: all weights take 350208"),
            std::string::npos)
      << refusal();
  a.resident = {ResidentStorage::Rom, 350208};
  EXPECT_NE(refusal().find("keys and values need kv_cache.storage sram (4096 bytes)"), std::string::npos) << refusal();
  a.kv_cache = {.bits = 16, .on_chip = true, .sram_bytes = 4096};
  EXPECT_EQ(refusal(), "accepted");
}

// 512 bytes a position; a bank of 2560 holds 5 positions: 12 earlier ones come as 5 + 5 + 2, behind the block's own.
TEST(KeysAndValues, ComeInChunksOfABank) {
  AcceleratorConfig a = edge();
  a.buffers.kv_bytes = 2 * 2560;
  const Program p = map_pass(tiny_graph(), a, {2, 12, 1});
  std::vector<Command> attend = of_kind(p, CommandKind::Attend);
  ASSERT_EQ(attend.size(), 2U * 4U);
  attend.resize(4);
  const std::vector<std::int64_t> positions{2 * 3 / 2, 5 * 2, 5 * 2, 2 * 2};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(attend[i].positions, positions[i]);
    EXPECT_EQ(attend[i].part, static_cast<std::int32_t>(i));
    EXPECT_EQ(attend[i].parts, 4);
  }
  const std::vector<Command> loads = of_kind(p, CommandKind::LoadKv);
  ASSERT_EQ(loads.size(), 2U * 3U);
  EXPECT_EQ(loads[1].address - loads[0].address, 2560U);
  EXPECT_EQ(loads[2].bytes, 2 * 512);
}

// A bank of 64 KiB holds 128 positions: ten sequences of 12 go together, one descriptor each, all 20 in 10 + 10.
TEST(KeysAndValues, ShortSequencesShareAChunk) {
  AcceleratorConfig a = edge();
  const Program p = map_pass(tiny_graph(), a, {1, 12, 20});
  const std::vector<Command> loads = of_kind(p, CommandKind::LoadKv);
  ASSERT_EQ(loads.size(), 2U * 20U);
  EXPECT_EQ(loads[0].bytes, 12 * 512);
  EXPECT_EQ(loads[1].address - loads[0].address, 13U * 512U);  // each sequence has room for its 13 positions
  std::vector<Command> attend = of_kind(p, CommandKind::Attend);
  ASSERT_EQ(attend.size(), 2U * 3U);
  EXPECT_EQ(attend[1].kv_bytes, 10 * 12 * 512);
  // New ones are stored behind those of the context, sequence by sequence.
  const std::vector<Command> stores = of_kind(p, CommandKind::StoreKv);
  ASSERT_EQ(stores.size(), 2U * 20U);
  EXPECT_EQ(stores[0].address - loads[0].address, 12U * 512U);
  EXPECT_EQ(stores[1].address - stores[0].address, 13U * 512U);
  std::int64_t positions = 0;
  for (const Command& c : of_kind(p, CommandKind::Attend)) positions += c.positions;
  EXPECT_EQ(positions, 2 * 20 * 13);  // two layers, each of 20 tokens sees 13
}

// Whatever the blocks, chunks and batch, every token attends to all positions up to its own.
TEST(KeysAndValues, EveryPositionIsSeenOnce) {
  for (const std::int64_t block : {1, 3, 8})
    for (const std::int64_t bank : {512, 1600, 1 << 16})
      for (const std::int64_t batch : {1, 3}) {
        AcceleratorConfig a = edge();
        a.mapping.token_block = block;
        a.buffers.kv_bytes = 2 * bank;
        std::int64_t positions = 0;
        for (const Command& c : of_kind(map_pass(tiny_graph(), a, {11, 4, batch}), CommandKind::Attend))
          positions += c.positions;
        EXPECT_EQ(positions, 2 * batch * (11 * 4 + 11 * 12 / 2)) << block << " " << bank << " " << batch;
      }
}

// Below 16 bits a float16 scale goes with each head of each position, for keys and for values.
TEST(KeysAndValues, BytesByWidth) {
  const model::ModelShape shape = test::tiny_shape();  // 2 x 128 values, 2 heads
  EXPECT_EQ(kv_position_bytes(shape, {.bits = 16}), 512);
  EXPECT_EQ(kv_position_bytes(shape, {.bits = 8}), 256 + 8);
  EXPECT_EQ(kv_position_bytes(shape, {.bits = 4}), 128 + 8);
  EXPECT_EQ(kv_position_bytes(shape, {.bits = 3}), 96 + 8);
}

// Storage in DRAM begins behind the weights and no two things overlap.
TEST(Memory, NothingOverlaps) {
  for (const test::Variant& variant : test::tiny_variants()) {
    const model::Graph graph = model::Graph::build(variant.shape);
    const MemoryMap memory(graph, edge(), {}, 64, 3);
    std::map<std::uint64_t, std::uint64_t> places;  // first byte -> one behind the last
    for (std::size_t i = 0; i < graph.ops.size(); ++i) {
      const WeightPlace& place = memory.weights(static_cast<std::int32_t>(i));
      const auto bytes = static_cast<std::uint64_t>(place.bytes * place.copies);
      if (bytes != 0) places[place.address] = std::max(places[place.address], place.address + bytes);
    }
    std::uint64_t end = 0;
    for (const auto& [begin, behind] : places) {
      EXPECT_GE(begin, end) << variant.name;
      end = behind;
    }
    EXPECT_GE(memory.kv_address(0, 0, 0), end) << variant.name;
    EXPECT_EQ(memory.kv_address(1, 0, 0) - memory.kv_address(0, 0, 0),
              static_cast<std::uint64_t>(64 * 3 * memory.kv_position_bytes()));
  }
}

// Uniform routing over 24 experts, one a token: 24 (1 - (23/24)^T) = 1 for one token, 11.85 for 16, 24 for many.
TEST(Experts, ReachedOnAverage) {
  model::ModelShape shape = test::tiny_shape();
  shape.expert_count = 24;
  shape.expert_used_count = 1;
  EXPECT_EQ(experts_reached(shape, 1), 1);
  EXPECT_EQ(experts_reached(shape, 16), 12);
  EXPECT_EQ(experts_reached(shape, 1000), 24);
}

// One token of a mixture moves the weights of the experts that it is sent to and no others.
TEST(Experts, OnlyRoutedOnesMove) {
  model::ModelShape shape = test::tiny_shape();
  shape.expert_count = 8;
  shape.expert_used_count = 2;
  const model::Graph graph = model::Graph::build(shape);
  const Program one = map_pass(graph, edge(), {1, 0, 1});
  std::int64_t linear = 0;
  std::int64_t router = 0;
  std::map<std::int32_t, std::int64_t> tokens_by_expert;
  for (const Command& c : one.commands) {
    const model::Op& op = graph.ops[static_cast<std::size_t>(c.op)];
    if (c.kind == CommandKind::LoadWeights && c.linear) linear += c.bytes;
    if (c.kind == CommandKind::LoadWeights && op.kind == model::OpKind::Router) router += c.bytes;
  }
  EXPECT_EQ(linear, graph.ternary_weights() / 4);  // that of one token
  EXPECT_EQ(router, 2 * 8 * 256 * 4);
  // Ten tokens: 20 visits over round(8 (1 - (6/8)^10)) = 8 experts, 2 or 3 each.
  std::int64_t visits = 0;
  for (const Command& c : of_kind(map_pass(graph, edge(), {10, 0, 1}), CommandKind::VectorOp))
    if (graph.ops[static_cast<std::size_t>(c.op)].kind == model::OpKind::Combine) {
      EXPECT_GE(c.tokens, 2);
      EXPECT_LE(c.tokens, 3);
      visits += c.tokens;
    }
  EXPECT_EQ(visits, 2 * 20);  // two layers
}

// Which expert's weights are to be loaded, only the router tells.
TEST(Experts, AreLoadedWhenTheyAreChosen) {
  model::ModelShape shape = test::tiny_shape();
  shape.expert_count = 8;
  shape.expert_used_count = 2;
  const model::Graph graph = model::Graph::build(shape);
  const Program p = map_pass(graph, edge(), {1, 0, 1});
  std::int32_t chosen = Command::kNone;
  int loads = 0;
  for (std::size_t i = 0; i < p.commands.size(); ++i) {
    const Command& c = p.commands[i];
    const model::OpKind kind = graph.ops[static_cast<std::size_t>(c.op)].kind;
    if (kind == model::OpKind::Router && c.kind == CommandKind::VectorOp) chosen = static_cast<std::int32_t>(i);
    if (c.kind != CommandKind::LoadWeights || c.expert < 0) continue;
    EXPECT_NE(std::ranges::find(c.waits, chosen), c.waits.end());
    ++loads;
  }
  EXPECT_GT(loads, 0);
}

TEST(Mapping, RowsThatFitNoBankAreRefused) {
  AcceleratorConfig a = edge();
  a.mapping.chunk_rows = 256;
  a.buffers.weight_bytes = 2 * 128 * 64;  // a bank holds 128 rows of 256 weights
  try {
    map_pass(tiny_graph(), a, {1, 0, 1});
    ADD_FAILURE() << "accepted";
  } catch (const RequestError& e) {
    EXPECT_NE(std::string(e.what()).find("mapping.chunk_rows 256 does not fit a bank for blk.0.attn_q: 128 rows do"),
              std::string::npos)
        << e.what();
  }
  a = edge();
  a.mapping.token_block = 20;
  a.buffers.accumulator_bytes = 10 * 4096;
  try {
    map_pass(tiny_graph(), a, {40, 0, 1});
    ADD_FAILURE() << "accepted";
  } catch (const RequestError& e) {
    EXPECT_NE(
        std::string(e.what()).find("mapping.token_block 20 does not fit buffers.accumulator_bytes 40960: one token "
                                   "takes 4096, 10 would fit"),
        std::string::npos)
        << e.what();
  }
}

TEST(Schemes, TellTheMatrixUnitWhatItsInputsAre) {
  model::ModelShape shape = test::tiny_shape();
  shape.activation_scheme = model::ActivationScheme::A48;
  const model::Graph graph = model::Graph::build(shape);
  ValueProfile profile;
  profile.hidden_zero_share = 0.8;
  for (const Command& c : of_kind(map_pass(graph, edge(), {1, 0, 1}, profile), CommandKind::MatmulChunk)) {
    const std::string& name = graph.ops[static_cast<std::size_t>(c.op)].name;
    const bool normed = name.find("attn_output") == std::string::npos && name.find("ffn_down") == std::string::npos;
    EXPECT_EQ(c.activation_bits, normed ? 4 : 8) << name;
    const double zeros = name.find("ffn_down") != std::string::npos      ? 0.8
                         : name.find("attn_output") != std::string::npos ? 0.5
                                                                         : 0.0;
    EXPECT_EQ(c.zero_inputs, zeros) << name;
  }
}

TEST(Rows, OfZerosAreNeitherLoadedNorComputed) {
  const model::Graph graph = tiny_graph();
  ValueProfile profile;
  const auto gate =
      static_cast<std::int32_t>(std::ranges::find(graph.ops, "blk.0.ffn_gate", &model::Op::name) - graph.ops.begin());
  profile.stored_rows[gate] = 200;
  const Program all = map_pass(graph, edge(), {1, 0, 1});
  const Program some = map_pass(graph, edge(), {1, 0, 1}, profile);
  EXPECT_EQ(all.load_bytes() - some.load_bytes(), 56 * 256 / 4);
  profile.stored_rows[gate] = 0;
  EXPECT_EQ(all.load_bytes() - map_pass(graph, edge(), {1, 0, 1}, profile).load_bytes(), 256 * 256 / 4);
}

// A larger buffer never moves more bytes: the mapper takes the largest block and chunk that fit.
TEST(Buffers, LargerNeverMoveMoreBytes) {
  Random random(5);
  for (int n = 0; n < 60; ++n) {
    model::ModelShape shape = test::tiny_variants()[random.below(11)].shape;
    const model::Graph graph = model::Graph::build(shape);
    AcceleratorConfig a = edge();
    a.buffers.accumulator_bytes = 20000 + static_cast<std::int64_t>(random.below(200000));
    a.buffers.activation_bytes = 2000 + static_cast<std::int64_t>(random.below(20000));
    a.buffers.weight_bytes = 2000 + static_cast<std::int64_t>(random.below(100000));
    a.buffers.kv_bytes = 4000 + static_cast<std::int64_t>(random.below(10000));
    const model::Pass pass{1 + static_cast<std::int64_t>(random.below(40)), static_cast<std::int64_t>(random.below(20)),
                           1};
    const auto bytes = [&](const AcceleratorConfig& c) {
      const Program p = map_pass(graph, c, pass);
      return p.load_bytes() + p.store_bytes();
    };
    const std::int64_t base = bytes(a);
    for (std::int64_t BufferConfig::*buffer : {&BufferConfig::accumulator_bytes, &BufferConfig::activation_bytes,
                                               &BufferConfig::weight_bytes, &BufferConfig::kv_bytes}) {
      AcceleratorConfig larger = a;
      larger.buffers.*buffer *= 2;
      EXPECT_LE(bytes(larger), base) << n;
    }
  }
}

}  // namespace
}  // namespace ternsim::sim
