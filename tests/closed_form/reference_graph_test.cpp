#include "model/graph.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "base/error.h"
#include "model/shape_limits.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

ModelShape shape_2b4t() {
  ModelShape s;
  s.architecture = "bitnet-b1.58";
  s.name = "2B4T";
  s.vocab_size = 128256;
  s.context_length = 4096;
  s.embedding_length = 2560;
  s.block_count = 30;
  s.feed_forward_length = 6912;
  s.head_count = 20;
  s.head_count_kv = 5;
  s.head_dim = 128;
  s.rope_theta = 500000;
  return s;
}

TEST(Graph, OrderOfOneBlock) {
  const Graph graph = Graph::build(test::tiny_shape());
  ASSERT_EQ(graph.ops.size(), 1U + 2 * 20 + 2);
  const char* expected[] = {"attn_norm",      "attn_quantise", "attn_q",
                            "attn_k",         "attn_v",        "rope",
                            "attention",      "attn_sub_norm", "attn_output_quantise",
                            "attn_output",    "attn_residual", "ffn_norm",
                            "ffn_quantise",   "ffn_gate",      "ffn_up",
                            "ffn_activation", "ffn_sub_norm",  "ffn_down_quantise",
                            "ffn_down",       "ffn_residual"};
  EXPECT_EQ(graph.ops.front().name, "token_embd");
  for (int layer = 0; layer < 2; ++layer) {
    for (int i = 0; i < 20; ++i) {
      const Op& op = graph.ops[1 + 20 * layer + i];
      EXPECT_EQ(op.name, "blk." + std::to_string(layer) + "." + expected[i]);
      EXPECT_EQ(op.layer, layer);
    }
  }
  EXPECT_EQ(graph.ops[41].name, "output_norm");
  EXPECT_EQ(graph.ops[42].name, "lm_head");
  EXPECT_EQ(graph.ops[42].output, Slot::Logits);
}

TEST(Graph, EveryInputHasBeenWrittenWithThatWidth) {
  const Graph graph = Graph::build(shape_2b4t());
  std::vector<std::int64_t> width(static_cast<std::size_t>(Slot::Logits) + 1, -1);
  for (const Op& op : graph.ops) {
    if (op.kind == OpKind::Rope) continue;  // two slots at once
    if (op.input != Slot::None) {
      EXPECT_EQ(width[static_cast<std::size_t>(op.input)], op.cols) << op.name;
    }
    const bool has_rows = op.kind == OpKind::BitLinear || op.kind == OpKind::LmHead;
    width[static_cast<std::size_t>(op.output)] = has_rows ? op.rows : op.cols;
  }
}

std::vector<std::string> names_of_block(const Graph& graph, int layer) {
  std::vector<std::string> names;
  for (const Op& op : graph.ops)
    if (op.layer == layer) names.push_back(op.name.substr(op.name.rfind('.') + 1));
  return names;
}

TEST(Graph, WithoutSubNormsTheQuantisersReadWhatTheyWouldNorm) {
  ModelShape shape = test::tiny_shape();
  shape.sub_norms = false;
  const Graph graph = Graph::build(shape);
  EXPECT_EQ(names_of_block(graph, 1),
            (std::vector<std::string>{"attn_norm", "attn_quantise", "attn_q", "attn_k", "attn_v", "rope", "attention",
                                      "attn_output_quantise", "attn_output", "attn_residual", "ffn_norm",
                                      "ffn_quantise", "ffn_gate", "ffn_up", "ffn_activation", "ffn_down_quantise",
                                      "ffn_down", "ffn_residual"}));
  EXPECT_EQ(graph.ops[1 + 7].input, Slot::Mixed);
  EXPECT_EQ(graph.ops[1 + 15].input, Slot::Hidden);
}

TEST(Graph, ExpertsByRank) {
  ModelShape shape = test::tiny_shape();
  shape.expert_count = 8;
  shape.expert_used_count = 2;
  const Graph graph = Graph::build(shape);
  std::vector<std::string> names = names_of_block(graph, 0);
  names.erase(names.begin(), names.begin() + 13);  // up to ffn_quantise as in a dense block
  EXPECT_EQ(names, (std::vector<std::string>{"ffn_router", "ffn_gate_rank0", "ffn_up_rank0", "ffn_activation_rank0",
                                             "ffn_sub_norm_rank0", "ffn_down_quantise_rank0", "ffn_down_rank0",
                                             "ffn_combine_rank0", "ffn_gate_rank1", "ffn_up_rank1",
                                             "ffn_activation_rank1", "ffn_sub_norm_rank1", "ffn_down_quantise_rank1",
                                             "ffn_down_rank1", "ffn_combine_rank1", "ffn_residual"}));
  // What each rank reads must still be there: no operator behind ffn_quantise writes Slot::Quantised.
  bool quantised = false;
  for (const Op& op : graph.ops) {
    if (op.layer != 0) continue;
    if (quantised) {
      EXPECT_NE(op.output, Slot::Quantised) << op.name;
    }
    quantised = quantised || op.name == "blk.0.ffn_quantise";
  }
  // Counted are the two experts that a token uses, of eight: per block q, output 256 x 256, k, v 128 x 256, 2 x 3 x 256
  // x 256.
  const OperationCounts counts = count_operations(graph, {3, 0, 1});
  EXPECT_EQ(counts.ternary_adds, 3U * 2 * (2 * 256 * 256 + 2 * 128 * 256 + 2 * 3 * 256 * 256));
  EXPECT_EQ(counts.router_macs, 3U * 2 * 8 * 256);
  EXPECT_EQ(count_operations(Graph::build(test::tiny_shape()), {3, 0, 1}).router_macs, 0U);
}

TEST(Graph, QuantisersOfTheActivationSchemes) {
  const auto quantisers = [](ActivationScheme scheme) {
    ModelShape shape = test::tiny_shape();
    shape.activation_scheme = scheme;
    std::vector<Quantiser> found;
    for (const Op& op : Graph::build(shape).ops)
      if (op.kind == OpKind::Quantise && op.layer == 0) found.push_back(op.quantiser);
    return found;
  };
  using enum Quantiser;
  EXPECT_EQ(quantisers(ActivationScheme::Absmax8), (std::vector{AbsmaxInt8, AbsmaxInt8, AbsmaxInt8, AbsmaxInt8}));
  EXPECT_EQ(quantisers(ActivationScheme::A48), (std::vector{AbsmeanInt4, HalfAbsmaxInt8, AbsmeanInt4, AbsmaxInt8}));
  EXPECT_EQ(quantisers(ActivationScheme::HadamardInt4),
            (std::vector{AbsmeanInt4, HadamardAbsmeanInt4, AbsmeanInt4, HadamardAbsmeanInt4}));
}

TEST(Graph, TernaryWeightsOf2B4T) {
  // Per block 2 * 2560^2 + 2 * 640 * 2560 + 3 * 6912 * 2560 = 69,468,160; 30 blocks.
  EXPECT_EQ(Graph::build(shape_2b4t()).ternary_weights(), 2'084'044'800);
}

TEST(CountOperations, TinyModelByHand) {
  const Graph graph = Graph::build(test::tiny_shape());
  // q, output, gate, up, down 256 x 256 each, k and v 128 x 256; two blocks.
  constexpr std::uint64_t kWeights = 2 * (5 * 256 * 256 + 2 * 128 * 256);
  EXPECT_EQ(static_cast<std::uint64_t>(graph.ternary_weights()), kWeights);

  const OperationCounts one = count_operations(graph, {1, 0, 1});
  EXPECT_EQ(one.ternary_adds, kWeights);
  EXPECT_EQ(one.attention_macs, 2U * 2 * 64 * 4 * 1);  // blocks, score and value, head_dim, heads, positions
  EXPECT_EQ(one.head_macs, 300U * 256);
  // Per block: 4 norms, 4 quantise, activation, 2 residuals of 256 = 11; RoPE 256 + 128; softmax 4 heads x 1.
  EXPECT_EQ(one.vector_elements, 2U * (11 * 256 + 384 + 4) + 256);

  // 3 tokens after 5 in 2 sequences attend to 6 + 7 + 8 positions each.
  const OperationCounts many = count_operations(graph, {3, 5, 2});
  EXPECT_EQ(many.ternary_adds, 6 * kWeights);
  EXPECT_EQ(many.attention_macs, 2U * 2 * (2 * 64 * 4) * 21);
  EXPECT_EQ(many.head_macs, 2U * 300 * 256);
  EXPECT_EQ(many.vector_elements, 2U * (6 * (11 * 256 + 384) + 2 * 21 * 4) + 2 * 256);
}

TEST(CountOperations, SplittingAPassChangesNothingInTheBlocks) {
  const Graph graph = Graph::build(shape_2b4t());
  const OperationCounts whole = count_operations(graph, {10, 3, 1});
  const OperationCounts first = count_operations(graph, {4, 3, 1});
  const OperationCounts second = count_operations(graph, {6, 7, 1});
  EXPECT_EQ(whole.ternary_adds, first.ternary_adds + second.ternary_adds);
  EXPECT_EQ(whole.attention_macs, first.attention_macs + second.attention_macs);
  EXPECT_EQ(whole.vector_elements + 2560, first.vector_elements + second.vector_elements);  // one more output norm
}

TEST(CountOperations, ImpossiblePassesAreRefused) {
  const Graph graph = Graph::build(test::tiny_shape());
  EXPECT_THROW(count_operations(graph, {0, 0, 1}), RequestError);
  EXPECT_THROW(count_operations(graph, {1, -1, 1}), RequestError);
  EXPECT_THROW(count_operations(graph, {1, 0, 0}), RequestError);
}

TEST(Graph, ImpossibleShapesAreRefused) {
  const std::function<void(ModelShape&)> breaks[] = {
      [](ModelShape& s) { s.vocab_size = 0; },
      [](ModelShape& s) { s.block_count = -1; },
      [](ModelShape& s) { s.embedding_length = 131073; },
      [](ModelShape& s) { s.feed_forward_length = std::numeric_limits<std::int64_t>::max(); },
      [](ModelShape& s) { s.head_count_kv = 3; },
      [](ModelShape& s) { s.head_count_kv = 8; },
      [](ModelShape& s) { s.head_dim = 63; },
      [](ModelShape& s) { s.context_length = (std::int64_t{1} << 20) + 1; },
      [](ModelShape& s) { s.norm_epsilon = 0; },
      [](ModelShape& s) { s.norm_epsilon = std::numeric_limits<float>::quiet_NaN(); },
      [](ModelShape& s) { s.vocab_size = kMaxVocab + 1; },
      [](ModelShape& s) { s.block_count = kMaxBlocks + 1; },
      [](ModelShape& s) { s.feed_forward_length = kMinWidth - 1; },
      [](ModelShape& s) { s.rope_theta = 2 * kMaxRopeTheta; },
      [](ModelShape& s) { s.rope_theta = std::numeric_limits<double>::quiet_NaN(); },
      [](ModelShape& s) { s.rope_scale = 0.5; },
      [](ModelShape& s) { s.rope_scale = std::numeric_limits<double>::quiet_NaN(); },
      [](ModelShape& s) { s.rope_factors.assign(31, 1.0F); },  // 32 angles
      [](ModelShape& s) { s.rope_factors.assign(32, 0.0F); },
      [](ModelShape& s) { s.rope_factors.assign(32, std::numeric_limits<float>::quiet_NaN()); },
      [](ModelShape& s) { s.context_length = 1 << 20, s.rope_factors.assign(32, 0.5F); },
      [](ModelShape& s) { s.expert_count = -1; },
      [](ModelShape& s) { s.expert_count = 4; },       // none used
      [](ModelShape& s) { s.expert_used_count = 1; },  // of none
      [](ModelShape& s) { s.expert_count = 4, s.expert_used_count = 5; },
      [](ModelShape& s) { s.expert_count = 100000, s.expert_used_count = 1; },
  };
  for (const auto& break_it : breaks) {
    ModelShape shape = test::tiny_shape();
    EXPECT_NO_THROW(Graph::build(shape));
    break_it(shape);
    EXPECT_THROW(Graph::build(shape), InputError);
  }
}

TEST(ElementBytes, OfEachType) {
  EXPECT_EQ(row_bytes(ElementType::F32, 3), 12);
  EXPECT_EQ(row_bytes(ElementType::F16, 3), 6);
  EXPECT_EQ(row_bytes(ElementType::BF16, 3), 6);
  EXPECT_EQ(row_bytes(ElementType::Q4_0, 64), 36);
  EXPECT_EQ(row_bytes(ElementType::Q8_0, 64), 68);
  EXPECT_EQ(row_bytes(ElementType::Q6_K, 512), 420);
  EXPECT_THROW(row_bytes(ElementType::Q6_K, 128), std::invalid_argument);
  EXPECT_THROW(row_bytes(static_cast<ElementType>(7), 1), std::invalid_argument);
}

}  // namespace
}  // namespace ternsim::model
