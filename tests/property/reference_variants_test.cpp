// Every architecture, activation scheme, cache precision and compatibility mode: logits are the same bits for every
// number of threads and every way to split the prompt.
#include <gtest/gtest.h>

#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "model/cpu_engine.h"
#include "model/inference.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

struct Case {
  test::Variant variant;
  InferenceOptions options;
  std::string name;
};

/// Keeps the test's name free of the bytes of a pointer.
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const test::Variant& v : test::tiny_variants()) {
    all.push_back({v, {}, v.name});
    if (v.name != "B158" && v.name != "Llama" && v.name != "Experts" && v.name != "V1Binary") continue;
    all.push_back({v, {.mode = Compatibility::BitnetCpp}, v.name + "BitnetCpp"});
    all.push_back({v, {.mode = Compatibility::Transformers}, v.name + "Transformers"});
  }
  for (const test::Variant& v : test::tiny_variants()) {
    if (v.name != "B158" && v.name != "A48") continue;
    all.push_back({v, {.kv = KvPrecision::F16}, v.name + "KvF16"});
    all.push_back({v, {.kv = KvPrecision::Int8}, v.name + "KvInt8"});
    all.push_back({v, {.kv = KvPrecision::Int4}, v.name + "KvInt4"});
    all.push_back({v, {.kv = KvPrecision::Int3}, v.name + "KvInt3"});
  }
  return all;
}

std::string hash_of(std::span<const float> logits) {
  Hash hash;
  hash.update(logits);
  return hash.hex();
}

class ReferenceVariants : public ::testing::TestWithParam<Case> {};

TEST_P(ReferenceVariants, SameBitsOnAnyThreadsAndSplit) {
  const Case& c = GetParam();
  const Model model = test::make_random_model(c.variant.shape, 21, c.variant.binary);
  constexpr std::int64_t kTokens = 24;
  const std::vector<std::int32_t> tokens = test::random_tokens(21, kTokens);
  CpuEngine engine;
  Inference whole(model, engine, c.options);
  const auto span = whole.forward_all(tokens);
  const std::vector<float> all(span.begin(), span.end());
  const auto vocab = static_cast<std::size_t>(model.shape.vocab_size);
  ASSERT_EQ(all.size(), kTokens * vocab);
  for (const int threads : {1, 2, 3, 5}) {
    kernels::ThreadPool pool(threads);
    InferenceOptions options = c.options;
    options.pool = &pool;
    options.share_from = 1;  // whatever can be shared out
    Inference inference(model, engine, options);
    // In two pieces cut everywhere, and token by token.
    for (std::int64_t first = 1; first <= kTokens; first += threads == 1 ? 1 : 5) {
      inference.reset();
      const auto last = inference.forward(std::span(tokens).first(first));
      ASSERT_EQ(std::memcmp(last.data(), all.data() + (first - 1) * vocab, last.size_bytes()), 0)
          << threads << " threads, up to " << first;
      if (first == kTokens) continue;
      const auto rest = inference.forward_all(std::span(tokens).subspan(first));
      ASSERT_EQ(std::memcmp(rest.data(), all.data() + first * vocab, rest.size_bytes()), 0)
          << threads << " threads, cut at " << first;
    }
    inference.reset();
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const auto logits = inference.forward(std::span(tokens).subspan(t, 1));
      ASSERT_EQ(std::memcmp(logits.data(), all.data() + t * vocab, logits.size_bytes()), 0)
          << threads << " threads, token " << t;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReferenceVariants, ::testing::ValuesIn(cases()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(ReferenceVariants, EachChangesTheLogits) {
  // Else an option that is read but not used would pass above.
  const std::vector<std::int32_t> tokens = test::random_tokens(22, 12);
  CpuEngine engine;
  std::vector<std::string> hashes;
  for (const Case& c : cases()) {
    const Model model = test::make_random_model(c.variant.shape, 22, c.variant.binary);
    Inference inference(model, engine, c.options);
    hashes.push_back(hash_of(inference.forward(tokens)));
  }
  for (std::size_t i = 0; i < hashes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(hashes[i], hashes[j]) << cases()[i].name << ", " << cases()[j].name;
}

TEST(ReferenceVariants, LongPromptsGoInPieces) {
  ModelShape shape = test::tiny_shape();
  shape.context_length = 600;
  shape.block_count = 1;
  const Model model = test::make_random_model(shape, 23);
  const std::vector<std::int32_t> tokens = test::random_tokens(23, 2 * Inference::kChunk + 9);
  CpuEngine engine;
  kernels::ThreadPool pool(2);
  Inference whole(model, engine, {.pool = &pool});
  const auto all = whole.forward_all(tokens);
  Inference split(model, engine);
  const auto vocab = static_cast<std::size_t>(shape.vocab_size);
  for (std::size_t at = 0; at < tokens.size(); at += 50) {
    const auto piece = std::span(tokens).subspan(at, std::min<std::size_t>(50, tokens.size() - at));
    const auto last = split.forward(piece);
    const std::size_t row = at + piece.size() - 1;
    ASSERT_EQ(std::memcmp(last.data(), all.data() + row * vocab, last.size_bytes()), 0) << "row " << row;
  }
  Inference last(model, engine);
  EXPECT_EQ(std::memcmp(last.forward(tokens).data(), all.data() + (tokens.size() - 1) * vocab, vocab * 4), 0);
  EXPECT_EQ(last.position(), static_cast<std::int64_t>(tokens.size()));
}

TEST(ReferenceVariants, AThrowInALaterPieceLeavesTheSequenceAsItWas) {
  ModelShape shape = test::tiny_shape();
  shape.context_length = 600;
  shape.block_count = 1;
  Model model = test::make_random_model(shape, 24);
  // Token 299's embedding is far too large for a sum of squares.
  for (std::size_t i = 299 * 512; i < 300 * 512; i += 2) {
    model.embedding.bytes[i] = 0xff;
    model.embedding.bytes[i + 1] = 0x7b;
  }
  model.blocks[0].attn_norm.assign(256, 1e38F);
  for (std::size_t i = 0; i < 299 * 512; ++i) model.embedding.bytes[i] = 0;
  std::vector<std::int32_t> tokens(Inference::kChunk + 10, 5);
  tokens[Inference::kChunk + 3] = 299;
  CpuEngine engine;
  Inference inference(model, engine);
  inference.forward(std::span(tokens).first(7));
  try {
    inference.forward(tokens);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("position " + std::to_string(7 + Inference::kChunk + 3) + " "),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(inference.position(), 7);
}

}  // namespace
}  // namespace ternsim::model
