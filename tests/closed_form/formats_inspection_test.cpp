#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "model/inspection.h"
#include "model/model_loader.h"
#include "tests/formats_checkpoint.h"

// What inspection says of files that cannot be loaded, and of those that would have it say too much.
namespace ternsim::model {
namespace {

using namespace testing;  // NOLINT: the helpers of this test

std::string oddities_of(const std::filesystem::path& path) {
  std::string out;
  for (const std::string& oddity : inspect_model(path).oddities) out += oddity + "\n";
  return out;
}
void expect_says(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "wanted '" << part << "' in: " << text;
}

class Inspected : public ::testing::Test {
 protected:
  std::filesystem::path put(const RawFile& file) const {
    const auto bytes = file.bytes();
    folder_.put("f.gguf", {bytes.begin(), bytes.end()});
    return folder_.path / "f.gguf";
  }
  const TemporaryFolder folder_{"formats_inspected"};
};

TEST_F(Inspected, AGgufThatCannotBeLoadedSaysSo) {
  EXPECT_EQ(oddities_of(put(tiny_file())).find("cannot be loaded"), std::string::npos);
  for (const char* name : {"token_embd.weight", "output_norm.weight", "blk.0.ffn_norm.weight"}) {
    RawFile file = tiny_file();
    file.drop_tensor(name);
    const std::string text = oddities_of(put(file));
    expect_says(text, std::string("Tensor '") + name + "' is missing.");
    expect_says(text, "It cannot be loaded: ");
  }
  RawFile file = tiny_file();
  file.tensor("output_norm.weight")->dims = {16};
  file.tensor("output_norm.weight")->data = floats(16, 1.0F);
  expect_says(oddities_of(put(file)), "tensor 'output_norm.weight' has shape [16]; the metadata say [32]");
}

TEST_F(Inspected, ACheckpointThatCannotBeLoadedSaysSo) {
  RawCheckpoint checkpoint;
  checkpoint.build(8);
  checkpoint.put(folder_);
  EXPECT_EQ(oddities_of(folder_.path).find("cannot be loaded"), std::string::npos);
  const auto good = checkpoint.tensors;
  checkpoint.tensors.push_back({"model.layers.0.self_attn.q_proj.bias", "BF16", {1}, bf16_text({0.0F})});
  checkpoint.put(folder_);
  expect_says(oddities_of(folder_.path), "It cannot be loaded: ");
  expect_says(oddities_of(folder_.path), "q_proj.bias' cannot be used");
  for (const char* name : {"model.norm.weight", "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight",
                           "model.layers.0.self_attn.k_proj.weight_scale"}) {
    checkpoint.tensors = good;
    std::erase_if(checkpoint.tensors, [&](const RawSafetensor& t) { return t.name == name; });
    checkpoint.put(folder_);
    const std::string text = oddities_of(folder_.path);
    expect_says(text, name);
    expect_says(text, "is missing");
  }
}

// A shape that promises a million tensors in a file of a few hundred bytes: some are named, the others counted.
TEST_F(Inspected, AMillionMissingTensorsAreCounted) {
  RawFile file = tiny_file();
  *file.entry("bitnet-b1.58.block_count") = u32_value(1024);
  file.entries.emplace_back("bitnet-b1.58.expert_count", u32_value(256));
  file.entries.emplace_back("bitnet-b1.58.expert_used_count", u32_value(2));
  file.tensors.clear();
  const ModelFacts facts = inspect_model(put(file));
  EXPECT_LT(facts.oddities.size(), 30U);
  // Of a block: 3 norms and 4 linears of attention and the router, then 3 linears and a norm an expert; and 2 more.
  const std::size_t all = 1024 * (3 + 4 + 1 + 256 * 4) + 2;
  EXPECT_EQ(std::ranges::count(facts.oddities, fmt::format("... and {} more tensors are missing.", all - 16)), 1);
}

TEST_F(Inspected, UnknownTensorsAndKeysAreCounted) {
  RawFile file = tiny_file();
  for (int i = 0; i < 100; ++i) {
    file.tensors.push_back({fmt::format("extra.{}", i), {32}, 0, floats(32, 1.0F)});
    file.entries.emplace_back(fmt::format("extra.{}", i), u32_value(1));
  }
  const std::string text = oddities_of(put(file));
  expect_says(text, "Tensor 'extra.15' is not one of a model");
  expect_says(text, "... and 84 more tensors are not of a model of this architecture.");
  expect_says(text, "... and 84 more metadata keys are not read.");
}

}  // namespace
}  // namespace ternsim::model
