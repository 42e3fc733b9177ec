#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "model/graph.h"
#include "model/model_loader.h"
#include "model/model_saver.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

using namespace testing;  // NOLINT: the helpers of this test

Model load(const RawFile& file, const LoadOptions& options = {}) {
  return load_model(GgufFile::from_bytes(file.bytes(), "f.gguf"), options);
}
void expect_refused(const RawFile& file, const std::string& part) {
  const std::string message = message_of<InputError>([&] { load(file); });
  EXPECT_EQ(message.find("f.gguf: "), 0U) << message;
  EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
}

Model random_model(std::int64_t embedding, std::int64_t ffn, ElementType type) {
  Random random(3);
  Model m;
  ModelShape& s = m.shape;
  s.architecture = "bitnet-b1.58";
  s.name = "random";
  s.vocab_size = 6;
  s.context_length = 77;
  s.embedding_length = embedding;
  s.block_count = 2;
  s.feed_forward_length = ffn;
  s.head_count = 4;
  s.head_count_kv = 2;
  s.head_dim = 16;
  s.norm_epsilon = 1e-6F;
  s.rope_theta = 12345.678;  // no float32
  s.ffn_activation = FfnActivation::SwiGlu;
  s.embedding_type = type;
  const std::int64_t element = type == ElementType::F32 ? 4 : 2;
  m.embedding = {type, 6, embedding, kernels::WeightBytes(static_cast<std::size_t>(6 * embedding * element))};
  for (std::uint8_t& byte : m.embedding.bytes) byte = static_cast<std::uint8_t>(random.below(0x3c));
  m.output_norm = random_floats(random, embedding);
  for (int b = 0; b < 2; ++b) {
    BlockWeights& w = m.blocks.emplace_back();
    w.attn_norm = random_floats(random, embedding);
    w.attn_sub_norm = random_floats(random, 64);
    w.ffn_norm = random_floats(random, embedding);
    w.ffn_sub_norm = random_floats(random, ffn);
    w.attn_q = random_linear(random, 64, embedding);
    w.attn_k = random_linear(random, 32, embedding);
    w.attn_v = random_linear(random, 32, embedding);
    w.attn_output = random_linear(random, embedding, 64);
    w.ffn_gate = random_linear(random, ffn, embedding);
    w.ffn_up = random_linear(random, ffn, embedding);
    w.ffn_down = random_linear(random, embedding, ffn);
  }
  m.vocabulary.tokens = {"a", "b", "ab", "\xC4\xA0", "<s>", "</s>"};
  m.vocabulary.types = {1, 1, 1, 1, 3, 3};
  m.vocabulary.merges = {{"a", "b"}};
  m.vocabulary.bos = 4;
  m.vocabulary.eos = 5;
  m.vocabulary.add_bos = true;
  return m;
}

void expect_equal(const BitLinearWeights& a, const BitLinearWeights& b) {
  ASSERT_EQ(a.codes.rows(), b.codes.rows());
  ASSERT_EQ(a.codes.cols(), b.codes.cols());
  EXPECT_EQ(a.scale, b.scale);
  for (std::int64_t r = 0; r < a.codes.rows(); ++r) ASSERT_TRUE(std::ranges::equal(a.codes.row(r), b.codes.row(r)));
}

void expect_equal(const Model& a, const Model& b) {
  EXPECT_EQ(a.shape.architecture, b.shape.architecture);
  EXPECT_EQ(a.shape.name, b.shape.name);
  EXPECT_EQ(a.shape.vocab_size, b.shape.vocab_size);
  EXPECT_EQ(a.shape.context_length, b.shape.context_length);
  EXPECT_EQ(a.shape.embedding_length, b.shape.embedding_length);
  EXPECT_EQ(a.shape.block_count, b.shape.block_count);
  EXPECT_EQ(a.shape.feed_forward_length, b.shape.feed_forward_length);
  EXPECT_EQ(a.shape.head_count, b.shape.head_count);
  EXPECT_EQ(a.shape.head_count_kv, b.shape.head_count_kv);
  EXPECT_EQ(a.shape.head_dim, b.shape.head_dim);
  EXPECT_EQ(a.shape.norm_epsilon, b.shape.norm_epsilon);
  EXPECT_EQ(a.shape.rope_theta, b.shape.rope_theta);
  EXPECT_EQ(a.shape.ffn_activation, b.shape.ffn_activation);
  EXPECT_EQ(a.shape.embedding_type, b.shape.embedding_type);
  EXPECT_EQ(a.embedding.type, b.embedding.type);
  EXPECT_EQ(a.embedding.rows, b.embedding.rows);
  EXPECT_EQ(a.embedding.cols, b.embedding.cols);
  EXPECT_EQ(a.embedding.bytes, b.embedding.bytes);
  EXPECT_EQ(a.output_norm, b.output_norm);
  ASSERT_EQ(a.blocks.size(), b.blocks.size());
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    const BlockWeights& x = a.blocks[i];
    const BlockWeights& y = b.blocks[i];
    EXPECT_EQ(x.attn_norm, y.attn_norm);
    EXPECT_EQ(x.attn_sub_norm, y.attn_sub_norm);
    EXPECT_EQ(x.ffn_norm, y.ffn_norm);
    EXPECT_EQ(x.ffn_sub_norm, y.ffn_sub_norm);
    expect_equal(x.attn_q, y.attn_q);
    expect_equal(x.attn_k, y.attn_k);
    expect_equal(x.attn_v, y.attn_v);
    expect_equal(x.attn_output, y.attn_output);
    expect_equal(x.ffn_gate, y.ffn_gate);
    expect_equal(x.ffn_up, y.ffn_up);
    expect_equal(x.ffn_down, y.ffn_down);
  }
  EXPECT_EQ(a.vocabulary.tokens, b.vocabulary.tokens);
  EXPECT_EQ(a.vocabulary.types, b.vocabulary.types);
  EXPECT_EQ(a.vocabulary.merges, b.vocabulary.merges);
  EXPECT_EQ(a.vocabulary.bos, b.vocabulary.bos);
  EXPECT_EQ(a.vocabulary.eos, b.vocabulary.eos);
  EXPECT_EQ(a.vocabulary.add_bos, b.vocabulary.add_bos);
}

TEST(ModelFile, RoundTripKeepsEverything) {
  const std::string path = ::testing::TempDir() + std::to_string(getpid()) + "_formats_model_round_trip.gguf";
  for (const I2sLayout layout : {I2sLayout::Blocks128, I2sLayout::Blocks64})
    for (const ElementType type : {ElementType::F32, ElementType::F16, ElementType::BF16})
      for (const auto& [embedding, ffn] : {std::pair{128, 256}, {40, 80}}) {
        const Model model = random_model(embedding, ffn, type);
        save_model(model, path, {.i2s_layout = layout});
        expect_equal(model, load_model(path, {.i2s_layout = layout}));
      }
  std::filesystem::remove(path);
}

TEST(ModelFile, AModelWithoutTokenizerRoundTrips) {
  const std::string path = ::testing::TempDir() + std::to_string(getpid()) + "_formats_model_none.gguf";
  Model model = random_model(128, 256, ElementType::F16);
  model.vocabulary = {};
  model.vocabulary.add_bos = false;
  save_model(model, path);
  expect_equal(model, load_model(path));
  std::filesystem::remove(path);
}

TEST(ModelFile, SavingRefusesWhatCouldNotBeReadBack) {
  const std::string path = ::testing::TempDir() + std::to_string(getpid()) + "_formats_model_refused.gguf";
  Model model = random_model(128, 256, ElementType::F16);
  model.shape.architecture = "mamba";
  EXPECT_THROW(save_model(model, path), RequestError);
  model.shape.architecture = "bitnet-25";
  EXPECT_NO_THROW(save_model(model, path));
  model.shape.feed_forward_length = 255;
  EXPECT_THROW(save_model(model, path), RequestError);
  EXPECT_THROW(save_model(random_model(17, 256, ElementType::F16), path + ".odd"), RequestError);
  EXPECT_FALSE(std::filesystem::exists(path + ".odd"));
  std::filesystem::remove(path);
}

TEST(ModelFile, HandBuiltFileLoads) {
  const Model model = load(tiny_file());
  EXPECT_EQ(model.shape.architecture, "bitnet-b1.58");
  EXPECT_EQ(model.shape.head_dim, 16);
  EXPECT_EQ(model.shape.ffn_activation, FfnActivation::SquaredRelu);
  EXPECT_EQ(model.blocks.at(0).ffn_down.codes.count_zeros(), 48 * 32);
  EXPECT_EQ(model.blocks.at(0).ffn_down.scale, 0.5F);
  EXPECT_EQ(model.vocabulary.merges.at(1), (std::pair<std::string, std::string>("ab", "c")));
  EXPECT_EQ(model.vocabulary.eos, 7);
}

TEST(ModelFile, ANameReachesNoTerminalAsControlCharacters) {
  RawFile file = tiny_file();
  *file.entry("general.name") = text_value("\x1b[2Jevil\x07");
  const Model model = load(file);
  EXPECT_EQ(model.shape.name, "\\x1b[2Jevil\\x07");
  ModelShape impossible = model.shape;
  impossible.block_count = 0;
  const std::string message = message_of<InputError>([&] { Graph::build(impossible); });
  EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
  EXPECT_NE(message.find("evil"), std::string::npos) << message;
}

TEST(ModelFile, KeysThatMayBeMissing) {
  RawFile file = tiny_file();
  for (const char* key : {"general.name", "bitnet-b1.58.vocab_size", "bitnet-b1.58.rope.dimension_count",
                          "tokenizer.ggml.pre", "tokenizer.ggml.token_type", "tokenizer.ggml.add_bos_token"})
    file.drop_entry(key);
  const Model model = load(file);
  EXPECT_EQ(model.shape.vocab_size, 8);
  EXPECT_EQ(model.shape.head_dim, 16);  // 32 / 2
  EXPECT_TRUE(model.vocabulary.add_bos);
}

TEST(ModelFile, ActivationKeyAndOverride) {
  RawFile file = tiny_file();
  file.entries.emplace_back("ternsim.ffn_activation", text_value("swiglu"));
  EXPECT_EQ(load(file).shape.ffn_activation, FfnActivation::SwiGlu);
  LoadOptions options;
  options.ffn_activation = FfnActivation::SquaredRelu;
  EXPECT_EQ(load(file, options).shape.ffn_activation, FfnActivation::SquaredRelu);
  *file.entry("ternsim.ffn_activation") = text_value("gelu");
  expect_refused(file, "'gelu'; relu2 or swiglu expected");
}

TEST(ModelFile, MetadataThatCannotBe) {
  const auto with = [](const std::string& key, const std::string& value) {
    RawFile file = tiny_file();
    if (std::string* old = file.entry(key))
      *old = value;
    else
      file.entries.emplace_back(key, value);
    return file;
  };
  const std::string a = "bitnet-b1.58.";
  expect_refused(with("general.architecture", text_value("mamba")),
                 "'mamba' is not known; this build reads bitnet-b1.58, bitnet-25");
  expect_refused(with(a + "attention.head_count", u32_value(3)),
                 "tensor 'blk.0.attn_sub_norm.weight' has shape [32]; the metadata say [48]");
  expect_refused(with(a + "attention.head_count_kv", u32_value(3)), "2 query heads cannot share 3");
  expect_refused(with(a + "rope.dimension_count", u32_value(15)), "the head dimension is 15; an even number");
  expect_refused(with(a + "block_count", u32_value(0)), "block_count' is 0, outside of 1 ... 1024");
  expect_refused(with(a + "block_count", u32_value(2)), "tensor 'blk.1.attn_norm.weight' is missing");
  expect_refused(with(a + "feed_forward_length", u32_value(4000000000U)), "outside of 16 ... 131072");
  expect_refused(with(a + "attention.layer_norm_rms_epsilon", f32_value(std::numeric_limits<float>::quiet_NaN())),
                 "epsilon' is nan");
  expect_refused(with(a + "rope.scaling.type", text_value("yarn")),
                 "rope.scaling.type' is 'yarn'; this build scales RoPE linearly");
  expect_refused(with(a + "attention.key_length", u32_value(32)), "attention.key_length' is 32");
  expect_refused(with(a + "vocab_size", u32_value(9)), "has 8 pieces, but the model's vocab_size is 9");
  expect_refused(with("tokenizer.ggml.model", text_value("bert")), "'bert'");
  RawFile scaled = with(a + "rope.scaling.type", text_value("linear"));
  scaled.entries.emplace_back(a + "rope.scaling.factor", f32_value(1.0F));
  EXPECT_NO_THROW(load(scaled));
  scaled.entries.back().second = f32_value(0.5F);
  expect_refused(scaled, "rope_scale is 0.5, must be 1 (none) to 1e6 (metadata key 'bitnet-b1.58.rope.scaling.factor'");
  expect_refused(with("ternsim.rope_pairing", text_value("thirds")), "'thirds'; halves or neighbours expected");
  expect_refused(with("ternsim.norm_kind", text_value("batch")), "'batch'; rms or layer expected");
  expect_refused(with("ternsim.activation_scheme", text_value("int2")), "'int2'; absmax8 or a4.8 or hadamard-int4");
  expect_refused(with(a + "expert_count", u32_value(2)), "expert_used_count' is missing");
  expect_refused(with(a + "expert_count", u32_value(1U << 30)), "outside of 0 ... 256");
  expect_refused(with("tokenizer.ggml.pre", text_value("qwen2")), "'qwen2'; this build splits text as llama-bpe");
  expect_refused(with("tokenizer.ggml.bos_token_id", u32_value(8)), "bos_token_id' is 8, outside of 0 ... 7");
  expect_refused(with("tokenizer.ggml.token_type", i32s_value({1, 1})), "has 2 elements for 8 pieces");
  expect_refused(with("tokenizer.ggml.merges", texts_value({"a b", "abc"})), "element 1 is 'abc'; two pieces");
}

TEST(ModelFile, TensorsThatCannotBe) {
  RawFile file = tiny_file();
  file.drop_tensor("blk.0.ffn_up.weight");
  expect_refused(file, "tensor 'blk.0.ffn_up.weight' is missing");
  file = tiny_file();
  file.tensor("blk.0.attn_k.weight")->dims = {16, 32};
  expect_refused(file, "tensor 'blk.0.attn_k.weight' has shape [16, 32]; the metadata say [32, 16]");
  file = tiny_file();
  file.tensor("blk.0.ffn_norm.weight")->type = 36;
  file.tensor("blk.0.ffn_norm.weight")->data = i2s_zeros(32);
  expect_refused(file, "tensor 'blk.0.ffn_norm.weight' is I2_S; F32 or F16 or BF16 expected");
  file = tiny_file();
  file.tensor("blk.0.attn_q.weight")->data[7] = '\xC0';  // weight 7 of block 0 = row 0, column 7
  expect_refused(file, "tensor 'blk.0.attn_q.weight': code 3");
  file = tiny_file();
  file.tensor("output_norm.weight")->data.replace(12, 4, raw(std::numeric_limits<float>::infinity()));
  expect_refused(file, "tensor 'output_norm.weight' holds a NaN or infinity at row 0, column 3");
  file = tiny_file();
  file.tensor("token_embd.weight")->data.replace(2 * (3 * 32 + 5), 2, "\x01\x7e");  // binary16 NaN
  expect_refused(file, "tensor 'token_embd.weight' holds a NaN or infinity at row 3, column 5");
  file = tiny_file();
  file.tensors.push_back({"output.weight", {32, 8}, 1, std::string(512, '\0')});
  EXPECT_FALSE(load(file).shape.tied_embedding);
  file.tensors.back().name = "output.bias";
  expect_refused(file, "tensor 'output.bias' cannot be used");
  file = tiny_file();
  file.tensors.push_back({"rope_freqs.weight", {8}, 0, floats(8, 1.0F)});
  EXPECT_NO_THROW(load(file));
  EXPECT_TRUE(load(file).shape.rope_factors.empty()) << "ones are none";
  file.tensors.back().data = floats(8, 2.0F);
  EXPECT_EQ(load(file).shape.rope_factors, std::vector<float>(8, 2.0F));
  file.tensors.back().data = floats(8, 0.0F);
  expect_refused(file, "RoPE factor 0 is out of range");
  file.tensors.back() = {"rope_freqs.weight", {7}, 0, floats(7, 2.0F)};
  expect_refused(file, "tensor 'rope_freqs.weight' is no F32 [8]");
}

}  // namespace
}  // namespace ternsim::model
