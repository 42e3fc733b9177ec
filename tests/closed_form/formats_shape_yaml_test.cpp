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
  EXPECT_GE(read, 1);
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
