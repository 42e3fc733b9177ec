#include "model/inference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/hash.h"
#include "model/cpu_engine.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

using Logits = std::vector<float>;

Logits copy(std::span<const float> logits) { return {logits.begin(), logits.end()}; }

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

std::string hash_of(std::span<const float> logits) {
  Hash hash;
  hash.update(logits);
  return hash.hex();
}

/// The message of what `action` throws.
template <typename Expected, typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Expected& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing of the expected type was thrown";
  return "";
}

TEST(Inference, AnySplitOfThePromptGivesTheSameBits) {
  const Model model = test::make_tiny_model(1);
  const std::vector<std::int32_t> tokens = test::random_tokens(1, 40);
  CpuEngine engine;
  Inference whole(model, engine);
  const Logits all = copy(whole.forward_all(tokens));
  const std::size_t vocab = 300;
  for (const std::size_t step : {1U, 3U, 4U, 7U, 39U}) {
    Inference split(model, engine);
    for (std::size_t at = 0; at < tokens.size(); at += step) {
      const auto piece = std::span(tokens).subspan(at, std::min(step, tokens.size() - at));
      const auto last = split.forward(piece);
      const std::size_t row = at + piece.size() - 1;
      ASSERT_TRUE(same_bits(last, std::span(all).subspan(row * vocab, vocab)))
          << "steps of " << step << ", row " << row;
    }
    EXPECT_EQ(split.position(), 40);
  }
}

class OnEveryIsa : public ::testing::TestWithParam<kernels::Isa> {
 protected:
  void SetUp() override {
    if (!kernels::is_available(GetParam())) GTEST_SKIP() << kernels::name_of(GetParam()) << " is not available here";
  }
};

/// Hashes of the logits of 32 tokens. They change only when the definition of the numerics (or the tiny model) does.
TEST_P(OnEveryIsa, GoldenHashes) {
  CpuEngine engine(GetParam());
  const std::vector<std::int32_t> tokens = test::random_tokens(5, 32);
  const Model squared_relu = test::make_tiny_model(5);
  Inference first(squared_relu, engine);
  EXPECT_EQ(hash_of(first.forward_all(tokens)), "68a33d2988ad353e");
  ModelShape shape = test::tiny_shape();
  shape.ffn_activation = FfnActivation::SwiGlu;
  shape.feed_forward_length = 300;
  const Model swiglu = test::make_random_model(shape, 5);
  Inference second(swiglu, engine);
  EXPECT_EQ(hash_of(second.forward_all(tokens)), "9f07829c5e85c376");
}

TEST_P(OnEveryIsa, SameBitsAsScalar) {
  const Model model = test::make_tiny_model(2);
  const std::vector<std::int32_t> tokens = test::random_tokens(2, 17);
  CpuEngine scalar(kernels::Isa::Scalar);
  Inference reference(model, scalar);
  CpuEngine engine(GetParam());
  Inference inference(model, engine);
  EXPECT_TRUE(same_bits(inference.forward_all(tokens), reference.forward_all(tokens)));
}

INSTANTIATE_TEST_SUITE_P(Isa, OnEveryIsa, ::testing::ValuesIn(kernels::available_isas()), [](const auto& parameter) {
  std::string name(kernels::name_of(parameter.param));
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(Inference, ResetForgets) {
  const Model model = test::make_tiny_model(3);
  const std::vector<std::int32_t> tokens = test::random_tokens(3, 10);
  CpuEngine engine;
  Inference inference(model, engine);
  const Logits first = copy(inference.forward(tokens));
  EXPECT_FALSE(same_bits(inference.forward(tokens), first)) << "the past must matter";
  inference.reset();
  EXPECT_TRUE(same_bits(inference.forward(tokens), first));
}

TEST(Inference, RequestsThatCannotBeMet) {
  const Model model = test::make_tiny_model(4);
  CpuEngine engine;
  Inference inference(model, engine);
  EXPECT_THROW(inference.forward({}), RequestError);
  EXPECT_EQ(message_of<RequestError>([&] {
              inference.forward(std::vector<std::int32_t>{5, 300});
            }),
            "token id 300 at position 1 is outside of the vocabulary of 300");
  EXPECT_THROW(inference.forward(std::vector<std::int32_t>{-1}), RequestError);
  inference.forward(test::random_tokens(4, 60));
  EXPECT_EQ(message_of<RequestError>([&] { inference.forward(test::random_tokens(4, 5)); }),
            "65 positions asked for (60 held and 5 new), but the model's context length is 64");
  EXPECT_EQ(inference.position(), 60);
  EXPECT_NO_THROW(inference.forward(test::random_tokens(4, 4)));
}

TEST(Inference, InfiniteActivationsAreNamedAndChangeNothing) {
  Model model = test::make_tiny_model(6);
  CpuEngine engine;
  Inference inference(model, engine);
  const std::vector<std::int32_t> tokens = test::random_tokens(6, 3);
  inference.forward(tokens);
  const float scale = model.blocks[1].ffn_up.scale;
  model.blocks[1].ffn_up.scale = std::numeric_limits<float>::max();
  const std::string message = message_of<Error>([&] { inference.forward(tokens); });
  EXPECT_NE(message.find("blk.1.ffn_up (layer 1)"), std::string::npos) << message;
  EXPECT_NE(message.find("token at position 3 "), std::string::npos) << message;
  EXPECT_EQ(inference.position(), 3);

  // After the throw the sequence goes on as if nothing had been asked.
  model.blocks[1].ffn_up.scale = scale;
  const Logits after = copy(inference.forward(tokens));
  Inference fresh(model, engine);
  fresh.forward(tokens);
  EXPECT_TRUE(same_bits(fresh.forward(tokens), after));
}

TEST(Inference, TensorsThatDoNotFitAreNamed) {
  CpuEngine engine;
  const auto refused = [&](auto damage) {
    Model model = test::make_tiny_model(7);
    damage(model);
    return message_of<InputError>([&] { Inference(model, engine); });
  };
  EXPECT_EQ(refused([](Model& m) { m.blocks[1].attn_k.codes = kernels::PackedTernary(64, 256); }),
            "blk.1.attn_k: is 64 x 256, the model's shape asks for 128 x 256");
  EXPECT_EQ(refused([](Model& m) { m.blocks[0].ffn_sub_norm.pop_back(); }),
            "blk.0.ffn_sub_norm: holds 255 weights, the model's shape asks for 256");
  EXPECT_EQ(refused([](Model& m) { m.output_norm[3] = NAN; }), "output_norm: holds NaN or Inf");
  EXPECT_EQ(refused([](Model& m) { m.blocks[1].ffn_down.scale = INFINITY; }),
            "blk.1.ffn_down: its scale is NaN or infinite");
  EXPECT_EQ(refused([](Model& m) { m.embedding.bytes.pop_back(); }),
            "token_embd: holds 153599 bytes, its shape takes 153600");
  EXPECT_EQ(refused([](Model& m) { m.embedding.bytes[512 * 7 + 1] = 0x7c; }), "token_embd: row 7 holds NaN or Inf");
  EXPECT_EQ(refused([](Model& m) { m.blocks.pop_back(); }), "model 'tiny random': holds 1 blocks, its shape says 2");
}

struct Recorder : MatmulObserver {
  void on_matmul(const Matmul& matmul, std::span<std::int32_t> sums) override {
    names.emplace_back(matmul.name);
    layers.push_back(matmul.layer);
    EXPECT_EQ(matmul.tokens, 5);
    EXPECT_EQ(sums.size(), static_cast<std::size_t>(5 * matmul.weights.rows()));
    ASSERT_EQ(matmul.activations.size(), static_cast<std::size_t>(5 * matmul.weights.cols()));
    std::int32_t first = 0;
    for (std::int64_t k = 0; k < matmul.weights.cols(); ++k) {
      first += matmul.weights.weight(0, k) * matmul.activations[k];
    }
    EXPECT_EQ(sums[0], first) << matmul.name;
    // Absmax quantisation puts the largest element of each row at +-127.
    for (std::int64_t t = 0; t < 5; ++t) {
      int largest = 0;
      for (const std::int8_t a : matmul.activations.subspan(t * matmul.weights.cols(), matmul.weights.cols())) {
        largest = std::max(largest, std::abs(static_cast<int>(a)));
      }
      EXPECT_EQ(largest, 127) << matmul.name;
    }
  }
  std::vector<std::string> names;
  std::vector<int> layers;
};

TEST(MatmulObserver, SeesEveryBitLinearOfTheGraphInOrder) {
  const Model model = test::make_tiny_model(8);
  CpuEngine engine;
  Inference inference(model, engine);
  Recorder recorder;
  inference.observe(recorder);
  inference.forward(test::random_tokens(8, 5));
  std::vector<std::string> expected;
  for (const Op& op : inference.graph().ops) {
    if (op.kind == OpKind::BitLinear) expected.push_back(op.name);
  }
  EXPECT_EQ(recorder.names, expected);
  EXPECT_EQ(recorder.layers, (std::vector<int>{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(engine.counters().matmuls, 14U);
  EXPECT_EQ(engine.counters().tiles, 14U);
  EXPECT_EQ(engine.counters().cycles, 0U);
  EXPECT_EQ(engine.counters().lane_adds, 5 * static_cast<std::uint64_t>(inference.graph().ternary_weights()));
  EXPECT_EQ(engine.counters().lane_adds, count_operations(inference.graph(), {5, 0, 1}).ternary_adds);
}

struct BitFlip : MatmulObserver {
  void on_matmul(const Matmul& matmul, std::span<std::int32_t> sums) override {
    if (matmul.name == "blk.0.attn_v") sums[0] ^= 1 << 12;
  }
};

TEST(MatmulObserver, ChangedSumsReachTheLogits) {
  const Model model = test::make_tiny_model(9);
  const std::vector<std::int32_t> tokens = test::random_tokens(9, 5);
  CpuEngine engine;
  Inference clean(model, engine);
  const Logits expected = copy(clean.forward(tokens));
  Inference faulty(model, engine);
  BitFlip flip;
  faulty.observe(flip);
  EXPECT_FALSE(same_bits(faulty.forward(tokens), expected));
}

TEST(MatrixEngine, SizesThatDoNotFitAreRefused) {
  const kernels::PackedTernary w(4, 8);
  const std::vector<std::int8_t> activations(16);
  std::vector<std::int32_t> sums(8);
  CpuEngine engine;
  EXPECT_NO_THROW(engine.multiply({w, activations, 2, 0, "w"}, sums));
  EXPECT_THROW(engine.multiply({w, activations, 1, 0, "w"}, sums), std::invalid_argument);
  EXPECT_THROW(engine.multiply({w, activations, 0, 0, "w"}, sums), std::invalid_argument);
  EXPECT_THROW(engine.multiply({w, activations, 2, 0, "w"}, std::span(sums).first(7)), std::invalid_argument);
  EXPECT_EQ(engine.counters().matmuls, 1U);
}

}  // namespace
}  // namespace ternsim::model
