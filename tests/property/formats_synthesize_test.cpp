#include <unistd.h>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/model_loader.h"
#include "model/model_tensors.h"
#include "model/quantised_blocks.h"
#include "model/synthesize.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

ModelShape shape_of(std::int64_t ffn) {
  ModelShape s;
  s.architecture = "bitnet-b1.58";
  s.name = "small";
  s.vocab_size = 700;
  s.context_length = 128;
  s.embedding_length = 512;
  s.block_count = 3;
  s.feed_forward_length = ffn;
  s.head_count = 8;
  s.head_count_kv = 2;
  s.head_dim = 64;
  s.rope_theta = 500000;
  return s;
}

class Synthetic : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string bytes(const ModelShape& shape, const SynthesizeOptions& options) const {
    synthesize(shape, path_, options);
    std::ostringstream text;
    text << std::ifstream(path_, std::ios::binary).rdbuf();
    return text.str();
  }
  const std::string path_ = ::testing::TempDir() + std::to_string(getpid()) + "_formats_synthesize.gguf";
};

TEST_F(Synthetic, SameSeedSameBytesOnAnyNumberOfThreads) {
  const ModelShape shape = shape_of(1280);
  SynthesizeOptions options;
  options.seed = 11;
  options.save.threads = 1;
  const std::string one = bytes(shape, options);
  options.save.threads = 3;
  EXPECT_EQ(bytes(shape, options), one);
  options.seed = 12;
  EXPECT_NE(bytes(shape, options), one);
  std::uint64_t told = 0;
  synthesize(shape, path_, options, [&](std::uint64_t n) { told += n; });
  EXPECT_EQ(told, synthetic_bytes(shape, options));
}

TEST_F(Synthetic, SameWeightsInEveryType) {
  const ModelShape shape = shape_of(1280);
  SynthesizeOptions options;
  options.seed = 5;
  synthesize(shape, path_, options);
  const Model first = load_model(path_);
  for (const GgufTensorType type : {GgufTensorType::TQ1_0, GgufTensorType::TQ2_0}) {
    options.save.ternary = type;
    options.save.embedding = ElementType::Q6_K;
    synthesize(shape, path_, options);
    const Model model = load_model(path_);
    EXPECT_EQ(model.embedding.type, ElementType::Q6_K);
    for (std::size_t b = 0; b < 3; ++b)
      for (std::int64_t r = 0; r < 512; ++r) {
        ASSERT_TRUE(std::ranges::equal(model.blocks[b].ffn_down.codes.row(r), first.blocks[b].ffn_down.codes.row(r)));
        ASSERT_TRUE(std::ranges::equal(model.blocks[b].attn_q.codes.row(r), first.blocks[b].attn_q.codes.row(r)));
      }
  }
}

// Shares as asked for within five standard deviations of the draw; gate and up zero in the same rows; the scale makes
// outputs of unit inputs of unit size, the embedding logits of a spread of two.
TEST_F(Synthetic, SharesAndSizesAsAskedFor) {
  const ModelShape shape = shape_of(1300);  // straddling rows
  for (const double zeros : {0.0, 0.42, 0.9}) {
    SynthesizeOptions options;
    options.zeros = zeros;
    options.zero_rows = 0.1;
    synthesize(shape, path_, options);
    const Model model = load_model(path_);
    EXPECT_TRUE(model.shape.name.starts_with("synthetic small, seed 1")) << model.shape.name;
    EXPECT_EQ(model.vocabulary.kind, VocabularyKind::None);
    std::int64_t zero_rows = 0;
    double count = 0;
    double zero_count = 0;
    double sum = 0;
    for (const BlockWeights& block : model.blocks) {
      for (std::int64_t r = 0; r < 1300; ++r) {
        const auto zero = [&](const BitLinearWeights& w) {
          return std::ranges::all_of(w.codes.row(r), [](std::uint8_t b) { return b == 0x55; });
        };
        ASSERT_EQ(zero(block.ffn_gate), zero(block.ffn_up)) << r;
        zero_rows += zero(block.ffn_gate);
      }
      for (std::int64_t r = 0; r < 512; ++r)
        for (std::int64_t k = 0; k < 1300; ++k) {
          const int w = block.ffn_down.codes.weight(r, k);
          ++count;
          zero_count += w == 0;
          sum += w;
        }
      EXPECT_FLOAT_EQ(block.ffn_down.scale, static_cast<float>(1 / std::sqrt((1 - zeros) * 1300)));
    }
    EXPECT_NEAR(zero_count / count, zeros, 5 * std::sqrt(zeros * (1 - zeros) / count) + 1e-4);
    EXPECT_NEAR(sum / count, 0, 5 / std::sqrt(count) + 1e-4);
    EXPECT_NEAR(static_cast<double>(zero_rows) / 3900, 0.1, 5 * std::sqrt(0.09 / 3900));
    std::vector<float> row(512);
    double squares = 0;
    for (std::int64_t r = 0; r < 700; ++r) {
      decode_row(ElementType::F16, {model.embedding.bytes.data() + r * 1024, 1024}, row);
      for (const float x : row) squares += static_cast<double>(x) * static_cast<double>(x);
    }
    EXPECT_NEAR(std::sqrt(squares / 700 / 512) * std::sqrt(512), 2, 0.02);
  }
}

TEST_F(Synthetic, ExpertsAndHeads) {
  ModelShape shape = shape_of(512);
  shape.architecture = "llama";
  shape.sub_norms = false;
  shape.rope_pairing = RopePairing::Neighbours;
  shape.tied_embedding = false;
  shape.head_type = ElementType::BF16;
  shape.expert_count = 2;
  shape.expert_used_count = 1;
  synthesize(shape, path_, {});
  const Model model = load_model(path_);
  EXPECT_EQ(model.output.type, ElementType::BF16);
  EXPECT_EQ(model.blocks[0].experts.size(), 2U);
  EXPECT_EQ(model.blocks[0].ffn_router.rows, 2);
  const auto row = model.blocks[0].experts[0].ffn_down.codes.row(0);
  EXPECT_FALSE(std::ranges::equal(row, model.blocks[0].experts[1].ffn_down.codes.row(0)));
}

TEST_F(Synthetic, WhatCannotBe) {
  SynthesizeOptions options;
  options.zeros = 1.5;
  EXPECT_THROW(synthesize(shape_of(512), path_, options), RequestError);
  options.zeros = 0.5;
  options.save.ternary = GgufTensorType::TQ2_0;
  EXPECT_THROW(synthesize(shape_of(1300), path_, options), RequestError);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace ternsim::model
