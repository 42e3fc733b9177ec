#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/model_loader.h"
#include "model/model_saver.h"
#include "model/synthesize.h"
#include "tests/formats_checkpoint.h"
#include "tests/tiny_model.h"

// RoPE scaling from files into shapes and back.
namespace ternsim::model {
namespace {

using namespace testing;  // NOLINT: the helpers of this test

std::vector<float> last_logits(const Model& model) {
  CpuEngine engine;
  Inference inference(model, engine);
  std::vector<float> out;
  for (const std::int32_t token : {1, 5, 2, 7}) {
    const auto logits = inference.forward({&token, 1});
    out.assign(logits.begin(), logits.end());
  }
  return out;
}

class RopeScaling : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  Model round_trip(const Model& model) const {
    save_model(model, path_);
    return load_model(path_);
  }
  const std::string path_ = ::testing::TempDir() + std::to_string(getpid()) + "_formats_rope.gguf";
};

TEST_F(RopeScaling, RoundTripsAndChangesLogits) {
  const Model plain = test::make_tiny_model(3);
  const std::vector<float> unscaled = last_logits(plain);
  ASSERT_EQ(last_logits(round_trip(plain)), unscaled);
  for (const double scale : {4.0, 1.1}) {  // 1.1 is no float32
    Model model = test::make_tiny_model(3);
    model.shape.rope_scale = scale;
    const Model back = round_trip(model);
    EXPECT_EQ(back.shape.rope_scale, scale);
    EXPECT_EQ(last_logits(back), last_logits(model));
    EXPECT_NE(last_logits(back), unscaled);
  }
  Model model = test::make_tiny_model(3);
  for (std::int64_t i = 0; i < model.shape.head_dim / 2; ++i)
    model.shape.rope_factors.push_back(1.0F + 0.5F * static_cast<float>(i));
  const Model back = round_trip(model);
  EXPECT_EQ(back.shape.rope_factors, model.shape.rope_factors);
  EXPECT_EQ(last_logits(back), last_logits(model));
  EXPECT_NE(last_logits(back), unscaled);
}

TEST_F(RopeScaling, WhatIsNoScalingIsNotWritten) {
  Model model = test::make_tiny_model(3);
  model.shape.rope_scale = 0.5;
  EXPECT_NE(message_of<RequestError>([&] { save_model(model, path_); }).find("rope_scale is 0.5"), std::string::npos);
  model.shape.rope_scale = 1;
  model.shape.rope_factors = {2.0F};
  EXPECT_NE(message_of<RequestError>([&] { save_model(model, path_); }).find("1 RoPE factors for"), std::string::npos);
  model.shape.rope_factors.assign(static_cast<std::size_t>(model.shape.head_dim / 2), 2.0F);
  EXPECT_NE(message_of<RequestError>([&] { synthesize(model.shape, path_, {}); }).find("RoPE factors"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// The keys as they are met: today's, the older one, and LLaMA 3's factors with or without a type.
TEST(RopeKeys, OfGguf) {
  const std::string a = "bitnet-b1.58.rope.";
  const auto shape_of = [](RawFile file, const std::string& key, const std::string& value) {
    if (!key.empty()) file.entries.emplace_back(key, value);
    return load_model(GgufFile::from_bytes(file.bytes(), "f.gguf")).shape;
  };
  RawFile file = tiny_file();
  EXPECT_EQ(shape_of(file, a + "scale_linear", f32_value(2.0F)).rope_scale, 2.0);
  EXPECT_EQ(shape_of(file, a + "scaling.factor", f32_value(8.0F)).rope_scale, 8.0) << "without a type it is linear";
  file.entries.emplace_back(a + "scaling.factor", f32_value(8.0F));
  EXPECT_EQ(shape_of(file, a + "scaling.type", text_value("linear")).rope_scale, 8.0);
  EXPECT_EQ(shape_of(file, a + "scaling.type", text_value("none")).rope_scale, 1.0);
  EXPECT_NE(message_of<InputError>([&] {
              shape_of(file, a + "scaling.type", text_value("llama3"));
            }).find("scaling.type' is 'llama3'"),
            std::string::npos);
  file.tensors.push_back({"rope_freqs.weight", {8}, 0, floats(8, 3.0F)});
  const ModelShape shape = shape_of(file, a + "scaling.type", text_value("llama3"));
  EXPECT_EQ(shape.rope_scale, 1.0);
  EXPECT_EQ(shape.rope_factors, std::vector<float>(8, 3.0F));
}

TEST(RopeKeys, OfConfigJson) {
  const TemporaryFolder folder("formats_rope_checkpoint");
  RawCheckpoint checkpoint;
  const auto shape_of = [&](const std::string& scaling) {
    checkpoint.more = ",\"rope_scaling\":" + scaling;
    checkpoint.build(7);
    checkpoint.put(folder);
    return load_model(folder.path).shape;
  };
  EXPECT_EQ(shape_of(R"({"type":"linear","factor":4.0})").rope_scale, 4.0);
  EXPECT_EQ(shape_of(R"({"rope_type":"linear","factor":2})").rope_scale, 2.0);
  EXPECT_EQ(shape_of(R"({"rope_type":"default"})").rope_scale, 1.0);
  EXPECT_NE(message_of<InputError>([&] { shape_of(R"({"type":"linear","factor":0.5})"); }).find("'factor' is 0.5"),
            std::string::npos);
  EXPECT_NE(message_of<InputError>([&] { shape_of(R"({"type":"linear"})"); }).find("'factor' is missing"),
            std::string::npos);
}

}  // namespace
}  // namespace ternsim::model
