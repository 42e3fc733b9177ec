#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/shape_yaml.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TERNSIM_SOURCE_DIR) / "configs/models";

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(ShapeYaml, Bitnet2B4TIsTheReportsModel) {
  const ModelShape s = load_shape(kFolder / "bitnet-b158-2b4t.yaml");
  EXPECT_EQ(s.name, "bitnet-b158-2b4t");
  EXPECT_EQ(s.q_length(), 2560);
  EXPECT_EQ(s.kv_length(), 640);
  // 30 x (2 x 2560 x 2560 + 2 x 2560 x 640 + 3 x 2560 x 6912): q and o, k and v, gate, up and down.
  const std::int64_t block = 2 * s.embedding_length * s.q_length() + 2 * s.embedding_length * s.kv_length() +
                             3 * s.embedding_length * s.feed_forward_length;
  EXPECT_EQ(s.block_count * block, 2084044800);
  EXPECT_EQ(s.vocab_size, 128256);
  EXPECT_EQ(s.context_length, 4096);
  EXPECT_EQ(s.rope_theta, 500000.0);
  EXPECT_EQ(s.norm_epsilon, 1e-5F);
  EXPECT_EQ(s.ffn_activation, FfnActivation::SquaredRelu);
  EXPECT_EQ(s.embedding_type, ElementType::F16);
}

TEST(ShapeYaml, EveryModelOfTheFolderReads) {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_EQ(load_shape(entry.path()).name, entry.path().stem().string());
    ++read;
  }
  EXPECT_GE(read, 9);
}

// Weights of linears, embedding and head together are the parameters that the models' publishers name.
TEST(ShapeYaml, PublishedSizes) {
  const auto billions = [](const char* name) {
    const ModelShape s = load_shape(kFolder / (std::string(name) + ".yaml"));
    const std::int64_t block =
        2 * s.embedding_length * (s.q_length() + s.kv_length()) + 3 * s.embedding_length * s.feed_forward_length;
    const std::int64_t dense = s.vocab_size * s.embedding_length * (s.tied_embedding ? 1 : 2);
    return static_cast<double>(s.block_count * block + dense) / 1e9;
  };
  EXPECT_NEAR(billions("bitnet-b158-700m"), 0.73, 0.01);
  EXPECT_NEAR(billions("bitnet-b158-1.3b"), 1.27, 0.01);
  EXPECT_NEAR(billions("bitnet-b158-3b"), 3.32, 0.01);
  EXPECT_NEAR(billions("llama3-8b-158"), 8.03, 0.01);
  EXPECT_NEAR(billions("falcon3-1b-158"), 1.67, 0.01);
  EXPECT_NEAR(billions("falcon3-3b-158"), 3.23, 0.01);
  EXPECT_NEAR(billions("falcon3-7b-158"), 7.46, 0.01);
  EXPECT_NEAR(billions("falcon3-10b-158"), 10.31, 0.01);
}

TEST(ShapeYaml, VariantsAreReadAndChecked) {
  const std::string good = text_of(kFolder / "bitnet-b158-2b4t.yaml") + "\n";
  const ModelShape usual = parse_shape(good, "m.yaml");
  EXPECT_TRUE(usual.sub_norms);
  EXPECT_TRUE(usual.tied_embedding);
  EXPECT_EQ(usual.rope_pairing, RopePairing::Halves);
  const ModelShape s = parse_shape(good +
                                       "tied_embedding: false\nhead_type: q6_k\nsub_norms: false\nnorm_kind: layer\n"
                                       "rope_pairing: neighbours\nactivation_scheme: a4.8\nexpert_count: 8\n"
                                       "expert_used_count: 2\n",
                                   "m.yaml");
  EXPECT_FALSE(s.tied_embedding);
  EXPECT_EQ(s.head_type, ElementType::Q6_K);
  EXPECT_FALSE(s.sub_norms);
  EXPECT_EQ(s.norm_kind, NormKind::Layer);
  EXPECT_EQ(s.rope_pairing, RopePairing::Neighbours);
  EXPECT_EQ(s.activation_scheme, ActivationScheme::A48);
  EXPECT_EQ(s.expert_count, 8);
  EXPECT_EQ(s.expert_used_count, 2);
  const auto refusal = [&](const std::string& more) {
    return testing::message_of<InputError>([&] { parse_shape(good + more, "m.yaml"); });
  };
  EXPECT_NE(refusal("head_type: q8_0\n").find("only a head of its own"), std::string::npos);
  EXPECT_NE(refusal("expert_count: 4\n").find("expert_used_count: this key is required"), std::string::npos);
  EXPECT_NE(refusal("expert_count: 4\nexpert_used_count: 5\n").find("5 is outside of 1"), std::string::npos);
  EXPECT_NE(refusal("expert_used_count: 5\n").find("unknown key"), std::string::npos);
  std::string odd = text_of(kFolder / "bitnet-b158-700m.yaml");
  odd.replace(odd.find("embedding_length: 1536"), 22, "embedding_length: 1600");
  odd.replace(odd.find("embedding_type: f16"), 19, "embedding_type: q6_k");
  EXPECT_NE(testing::message_of<InputError>([&] { parse_shape(odd, "m.yaml"); }).find("a multiple of 256"),
            std::string::npos);
}

TEST(ShapeYaml, StrictAboutKeysAndNumbers) {
  const std::string good = text_of(kFolder / "bitnet-b158-2b4t.yaml");
  const auto refusal = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return testing::message_of<InputError>([&] { parse_shape(text, "m.yaml"); });
  };
  const auto expect_says = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
  };
  expect_says(refusal("block_count: 30", "block_cuont: 30"), "block_count: this key is required and missing");
  expect_says(refusal("block_count: 30", "block_count: 30\nheads: 3"), "heads: unknown key");
  expect_says(refusal("head_count_kv: 5", "head_count_kv: 6"), "20 query heads cannot share 6");
  expect_says(refusal("head_dim: 128", "head_dim: 127"), "an even number");
  expect_says(refusal("squared_relu ", "relu2 "), "not one of squared_relu, swiglu");
  expect_says(refusal("embedding_type: f16", "embedding_type: q8"), "not one of f32, f16, bf16");
  expect_says(refusal("vocab_size: 128256", "vocab_size: 0"), "0 is outside of 1");
  expect_says(refusal("rope_theta: 500000", "rope_theta: .inf"), "finite");
  expect_says(refusal("norm_epsilon: 1", "norm_epsilon: 0\n#"), "0 is outside of 1e-30");
}

TEST(ShapeYaml, ANameReachesNoTerminalAsControlCharacters) {
  std::string text = text_of(kFolder / "bitnet-b158-2b4t.yaml");
  const std::string name = "name: bitnet-b158-2b4t";
  text.replace(text.find(name), name.size(), "name: \"\\e[2Jx\"");
  EXPECT_EQ(parse_shape(text, "m.yaml").name, "\\x1b[2Jx");
}

}  // namespace
}  // namespace ternsim::model
