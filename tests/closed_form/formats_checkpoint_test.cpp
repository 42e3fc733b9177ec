#include <gtest/gtest.h>

#include <cmath>

#include "model/checkpoint_loader.h"
#include "model/model_loader.h"
#include "model/model_saver.h"
#include "tests/formats_checkpoint.h"

namespace ternsim::model {
namespace {

using namespace testing;  // NOLINT: the helpers of this test

const BitLinearWeights& linear_of(const BlockWeights& block, std::size_t i) {
  const BitLinearWeights* const all[] = {&block.attn_q,   &block.attn_k, &block.attn_v,  &block.attn_output,
                                         &block.ffn_gate, &block.ffn_up, &block.ffn_down};
  return *all[i];
}

void expect_codes(const Model& model, const RawCheckpoint& raw_checkpoint, std::size_t from = 0) {
  const auto linears = RawCheckpoint::linears();
  for (std::size_t i = from; i < linears.size(); ++i) {
    const BitLinearWeights& w = linear_of(model.blocks.at(0), i);
    ASSERT_EQ(w.codes.rows(), linears[i].rows);
    ASSERT_EQ(w.codes.cols(), linears[i].cols);
    for (std::int64_t r = 0; r < linears[i].rows; ++r)
      for (std::int64_t k = 0; k < linears[i].cols; ++k)
        ASSERT_EQ(w.codes.weight(r, k), raw_checkpoint.codes[i][static_cast<std::size_t>(r * linears[i].cols + k)] - 1)
            << linears[i].name << " " << r << ", " << k;
  }
}

std::string refusal(const RawCheckpoint& raw_checkpoint, const LoadOptions& options = {}) {
  const TemporaryFolder folder("formats_checkpoint_refused");
  raw_checkpoint.put(folder);
  return message_of<InputError>([&] { load_checkpoint(folder.path, options); });
}
void expect_refused(const RawCheckpoint& raw_checkpoint, const std::string& part) {
  const std::string message = refusal(raw_checkpoint);
  EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
}

TEST(Checkpoint, PackedWeightsWithTheScaleMultiplied) {
  const TemporaryFolder folder("formats_checkpoint_multiply");
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.weight_scale = 0.25F;
  raw_checkpoint.build(1);
  raw_checkpoint.put(folder);
  const Model model = load_model(folder.path);
  EXPECT_EQ(model.shape.architecture, "bitnet-b1.58");
  EXPECT_EQ(model.shape.ffn_activation, FfnActivation::SquaredRelu);
  EXPECT_EQ(model.shape.rope_pairing, RopePairing::Halves);
  EXPECT_EQ(model.shape.rope_theta, 500000.0);
  EXPECT_EQ(model.shape.head_count_kv, 1);
  EXPECT_TRUE(model.shape.tied_embedding);
  EXPECT_TRUE(model.shape.sub_norms);
  EXPECT_EQ(model.embedding.type, ElementType::BF16);
  EXPECT_EQ(std::memcmp(model.embedding.bytes.data(), raw_checkpoint.tensors[0].data.data(), 8 * 32 * 2), 0);
  EXPECT_EQ(model.output_norm, std::vector<float>(32, 1.5F));
  const BlockWeights& block = model.blocks.at(0);
  EXPECT_EQ(block.attn_norm, std::vector<float>(32, 0.75F));
  EXPECT_EQ(block.ffn_norm, std::vector<float>(32, 1.25F));
  EXPECT_EQ(block.attn_sub_norm, std::vector<float>(32, 2.0F));
  EXPECT_EQ(block.ffn_sub_norm, std::vector<float>(64, 3.0F));
  expect_codes(model, raw_checkpoint);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(linear_of(block, i).scale, 0.25F);
  EXPECT_EQ(model.vocabulary.kind, VocabularyKind::None);
}

// linear_class bitlinear, or none: 1 / 4. q and k rows are brought from halves to neighbours: row i of a head of 16
// becomes row 2 i, row i + 8 row 2 i + 1.
TEST(Checkpoint, PackedWeightsWithTheScaleDivided) {
  for (const char* quantization : {R"(,"quantization_config":{"quant_method":"bitnet"})",
                                   R"(,"quantization_config":{"linear_class":"bitlinear"})", ""}) {
    const TemporaryFolder folder("formats_checkpoint_divide");
    RawCheckpoint raw_checkpoint;
    raw_checkpoint.model_type = "llama";
    raw_checkpoint.activation = "silu";
    raw_checkpoint.quantization = quantization;
    raw_checkpoint.weight_scale = 4.0F;
    raw_checkpoint.sub_norms = false;
    raw_checkpoint.build(2);
    raw_checkpoint.put(folder);
    const Model model = load_model(folder.path / "model.safetensors");
    EXPECT_EQ(model.shape.architecture, "llama");
    EXPECT_EQ(model.shape.ffn_activation, FfnActivation::SwiGlu);
    EXPECT_EQ(model.shape.rope_pairing, RopePairing::Neighbours);
    EXPECT_FALSE(model.shape.sub_norms);
    expect_codes(model, raw_checkpoint, 2);
    const BlockWeights& block = model.blocks.at(0);
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(linear_of(block, i).scale, 0.25F);
    for (std::size_t which : {std::size_t{0}, std::size_t{1}}) {
      const BitLinearWeights& w = linear_of(block, which);
      for (std::int64_t r = 0; r < w.codes.rows(); ++r) {
        const std::int64_t target = r / 16 * 16 + (r % 16 < 8 ? 2 * (r % 16) : 2 * (r % 16 - 8) + 1);
        for (std::int64_t k = 0; k < 32; ++k)
          ASSERT_EQ(w.codes.weight(target, k), raw_checkpoint.codes[which][static_cast<std::size_t>(r * 32 + k)] - 1);
      }
    }
  }
}

TEST(Checkpoint, ShardsAreOneModel) {
  const TemporaryFolder folder("formats_checkpoint_shards");
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.build(3);
  folder.put("config.json", raw_checkpoint.config());
  const auto middle = raw_checkpoint.tensors.begin() + 9;
  folder.put("model-1.safetensors", safetensors_file({raw_checkpoint.tensors.begin(), middle}));
  folder.put("model-2.safetensors", safetensors_file({middle, raw_checkpoint.tensors.end()}));
  const auto index = [&](const std::string& second) {
    std::string map;
    for (std::size_t i = 0; i < raw_checkpoint.tensors.size(); ++i)
      map += fmt::format("{}\"{}\":\"{}\"", i == 0 ? "" : ",", raw_checkpoint.tensors[i].name,
                         i < 9 ? "model-1.safetensors" : second);
    folder.put("model.safetensors.index.json", "{\"metadata\":{},\"weight_map\":{" + map + "}}");
    return message_of<InputError>([&] { load_checkpoint(folder.path); });
  };
  EXPECT_EQ(index("model-2.safetensors"), "");
  expect_codes(load_model(folder.path), raw_checkpoint);
  EXPECT_NE(index("model-1.safetensors").find("is not in the file that weight_map names"), std::string::npos);
  EXPECT_NE(index("model-3.safetensors").find("model-3.safetensors: cannot be opened"), std::string::npos);
  EXPECT_NE(index("../model-2.safetensors").find("is not the name of a .safetensors file beside it"),
            std::string::npos);
  folder.put("model.safetensors.index.json", "{\"weight_map\":[]}");
  EXPECT_NE(message_of<InputError>([&] { load_checkpoint(folder.path); }).find("no object 'weight_map'"),
            std::string::npos);
}

// What is ternary already is taken exactly; what is not is a BitNet's master weights, or refused.
TEST(Checkpoint, MasterWeights) {
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.packed = false;
  raw_checkpoint.weight_scale = 0.375F;
  raw_checkpoint.build(4);
  {
    const TemporaryFolder folder("formats_checkpoint_exact");
    raw_checkpoint.put(folder);
    const Model model = load_model(folder.path);
    expect_codes(model, raw_checkpoint);
    EXPECT_EQ(model.blocks[0].attn_q.scale, 0.375F);
  }
  // 1024 weights: 512 of 1, 256 of -0.5, 256 of 0.125: mean magnitude 0.65625, half of which only 0.125 is below.
  std::vector<float> values(1024, 1.0F);
  std::vector<int> codes(1024, 2);
  for (std::size_t i = 0; i < 1024; i += 2) {
    values[i] = i % 4 == 0 ? -0.5F : 0.125F;
    codes[i] = i % 4 == 0 ? 0 : 1;
  }
  raw_checkpoint.tensor("model.layers.0.self_attn.q_proj.weight")->data = bf16_text(values);
  raw_checkpoint.codes[0] = codes;
  {
    const TemporaryFolder folder("formats_checkpoint_master");
    raw_checkpoint.put(folder);
    const Model model = load_model(folder.path);
    expect_codes(model, raw_checkpoint);
    EXPECT_EQ(model.blocks[0].attn_q.scale, 0.65625F);
  }
  RawCheckpoint llama = raw_checkpoint;
  llama.model_type = "llama";
  llama.activation = "silu";
  std::erase_if(llama.tensors, [](const RawSafetensor& t) { return t.name.find("sub_norm") != std::string::npos; });
  EXPECT_NE(refusal(llama).find("these are master weights; have them ternarised by absmean (--ternarise)"),
            std::string::npos);
  LoadOptions options;
  options.ternarise = true;
  EXPECT_EQ(refusal(llama, options), "");
}

// Weights of -1, 0 and 1 (or another magnitude) that are not packed, with the scale of packed ones beside them.
TEST(Checkpoint, ScalesOfDenseTernaryWeights) {
  for (const bool multiply : {true, false}) {
    RawCheckpoint raw_checkpoint;
    raw_checkpoint.packed = false;
    raw_checkpoint.weight_scale = 0.5F;  // the magnitude
    if (!multiply) raw_checkpoint.quantization = "";
    raw_checkpoint.build(9);
    for (const RawCheckpoint::Linear& linear : RawCheckpoint::linears())
      raw_checkpoint.tensors.push_back(
          {std::string("model.layers.0.") + linear.name + ".weight_scale", "BF16", {1}, bf16_text({0.25F})});
    const TemporaryFolder folder("formats_checkpoint_dense_scales");
    raw_checkpoint.put(folder);
    const Model model = load_model(folder.path);
    expect_codes(model, raw_checkpoint);
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(linear_of(model.blocks[0], i).scale, multiply ? 0.125F : 2.0F);
    raw_checkpoint.tensor("model.layers.0.mlp.up_proj.weight")->data.replace(0, 2, bf16_text({0.375F}));
    for (const bool ternarise : {false, true}) {
      LoadOptions options;
      options.ternarise = ternarise;
      EXPECT_NE(refusal(raw_checkpoint, options).find("but has a scale 'model.layers.0.mlp.up_proj.weight_scale'"),
                std::string::npos);
    }
  }
}

// The ids that config.json names are the model's, whichever tokenizer it is given later.
TEST(Checkpoint, EndsOfATextWithoutATokenizer) {
  const TemporaryFolder folder("formats_checkpoint_ends");
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.more = R"(,"bos_token_id":1,"eos_token_id":[2,5])";
  raw_checkpoint.build(12);
  raw_checkpoint.put(folder);
  const Vocabulary vocabulary = load_model(folder.path).vocabulary;
  EXPECT_EQ(vocabulary.kind, VocabularyKind::None);
  EXPECT_EQ(vocabulary.bos, 1);
  EXPECT_EQ(vocabulary.eos, 2);
  EXPECT_EQ(vocabulary.stop_ids, std::vector<std::int32_t>{5});
}

TEST(Checkpoint, PathsOfEveryKindGiveTheDirectorysName) {
  const TemporaryFolder folder("formats_checkpoint_paths");
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.build(10);
  raw_checkpoint.put(folder);
  const std::string name = folder.path.filename().string();
  EXPECT_EQ(load_model(folder.path).shape.name, name);
  EXPECT_EQ(load_model(folder.path / "").shape.name, name) << "a slash at the end";
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);
  EXPECT_EQ(message_of<std::exception>([&] { EXPECT_EQ(load_model("model.safetensors").shape.name, name); }), "");
  EXPECT_EQ(message_of<std::exception>([&] { EXPECT_EQ(load_model(".").shape.name, name); }), "");
  std::filesystem::current_path(here);
}

TEST(Checkpoint, ConvertedToGgufItIsTheSameModel) {
  for (const bool bitnet : {true, false}) {
    const TemporaryFolder folder("formats_checkpoint_convert");
    RawCheckpoint raw_checkpoint;
    raw_checkpoint.sub_norms = bitnet;
    raw_checkpoint.activation = bitnet ? "relu2" : "silu";
    raw_checkpoint.build(5);
    raw_checkpoint.put(folder);
    const Model model = load_model(folder.path);
    save_model(model, folder.path / "out.gguf");
    const Model back = load_model(folder.path / "out.gguf");
    EXPECT_EQ(back.shape.architecture, model.shape.architecture);
    EXPECT_EQ(back.shape.rope_pairing, model.shape.rope_pairing);
    EXPECT_EQ(back.shape.sub_norms, bitnet);
    EXPECT_EQ(back.embedding.bytes, model.embedding.bytes);
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_EQ(linear_of(back.blocks[0], i).scale, 0.5F);
      for (std::int64_t r = 0; r < linear_of(back.blocks[0], i).codes.rows(); ++r)
        ASSERT_TRUE(
            std::ranges::equal(linear_of(back.blocks[0], i).codes.row(r), linear_of(model.blocks[0], i).codes.row(r)));
    }
  }
}

TEST(Checkpoint, WhatCannotBeIsRefusedByName) {
  RawCheckpoint good;
  good.build(6);
  EXPECT_EQ(refusal(good), "");
  const auto with = [&](const std::string& more) {
    RawCheckpoint out = good;
    out.more = more;
    return out;
  };
  RawCheckpoint bad = good;
  bad.model_type = "qwen2";
  expect_refused(bad, "config.json: 'model_type' is 'qwen2'; this build reads bitnet and llama");
  bad = good;
  bad.activation = "gelu";
  expect_refused(bad, "'hidden_act' is 'gelu'; relu2 or silu expected");
  expect_refused(with(",\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8.0}"), "'rope_scaling' is 'llama3'");
  expect_refused(with(",\"attention_bias\":true"), "'attention_bias' is true");
  expect_refused(with(",\"num_key_value_heads\":3"), "2 query heads cannot share 3");
  expect_refused(with(",\"num_hidden_layers\":99999999999999999999"), "'num_hidden_layers'");
  expect_refused(with(",\"num_hidden_layers\":2"), "tensor 'model.layers.1.input_layernorm.weight' is missing");
  expect_refused(with(",\"hidden_size\":\"32\""), "'hidden_size' is no integer");
  expect_refused(with(",\"hidden_size\":48"), "has shape [8, 32]; config.json says [8, 48]");
  expect_refused(with(",\"quantization_config\":{\"quant_method\":\"gptq\"}"), "'quant_method' is 'gptq'");
  expect_refused(with(",\"quantization_config\":{\"linear_class\":\"x\"}"), "'linear_class' is 'x'");
  bad = good;
  std::erase_if(bad.tensors, [](const RawSafetensor& t) { return t.name.ends_with("up_proj.weight_scale"); });
  expect_refused(bad, "up_proj.weight' is packed, but its scale");
  bad = good;
  bad.tensor("model.layers.0.mlp.up_proj.weight_scale")->data = bf16_text({-1.0F});
  expect_refused(bad, "makes the scale -1");
  bad = good;
  bad.quantization = "";
  bad.tensor("model.layers.0.mlp.up_proj.weight_scale")->data = bf16_text({0.0F});
  expect_refused(bad, "makes the scale inf");
  bad = good;
  bad.tensor("model.layers.0.mlp.up_proj.weight")->data[5] = '\x57';
  bad.tensor("model.layers.0.mlp.up_proj.weight")->data[6] = '\x75';
  expect_refused(bad, "mlp.up_proj.weight': code 3, which is no ternary weight, in row 0");
  bad = good;
  bad.tensors.push_back({"model.layers.0.mlp.up_proj.bias", "BF16", {1}, bf16_text({0.0F})});
  expect_refused(bad, "up_proj.bias' cannot be used");
  bad = good;
  bad.tensor("model.norm.weight")->data = bf16_text(std::vector<float>(32, std::nanf("")));
  expect_refused(bad, "tensor 'model.norm.weight' holds a NaN or infinity at row 0, column 0");
  const TemporaryFolder empty("formats_checkpoint_empty");
  EXPECT_NE(message_of<InputError>([&] { load_model(empty.path); }).find("config.json: cannot be opened"),
            std::string::npos);
  empty.put("config.json", good.config());
  EXPECT_NE(message_of<InputError>([&] { load_model(empty.path); }).find("neither model.safetensors nor"),
            std::string::npos);
  empty.put("x.bin", "neither of them, and long enough to be either");
  EXPECT_NE(message_of<InputError>([&] { load_model(empty.path / "x.bin"); }).find("not a GGUF file"),
            std::string::npos);
}

std::string header_refusal(const std::string& header, std::size_t data_bytes) {
  const std::string file = raw(std::uint64_t{header.size()}) + header + std::string(data_bytes, '\0');
  return message_of<InputError>([&] {
    SafetensorsHeader::parse({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, "f");
  });
}

TEST(Safetensors, HeaderAsTheFormatDemands) {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const auto b = [](const std::string& body) { return R"("b":{"dtype":"U8",)" + body + "}"; };
  EXPECT_EQ(header_refusal("{" + a + "}", 8), "");
  EXPECT_EQ(header_refusal("{" + a + "," + b(R"("shape":[],"data_offsets":[8,9])") + "}   ", 9), "");
  const auto says = [&](const std::string& header, std::size_t bytes, const std::string& part) {
    const std::string message = header_refusal(header, bytes);
    EXPECT_EQ(message.find("f: "), 0U) << message;
    EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
  };
  says("{" + a + "," + a + "}", 8, "the header has the key 'a' twice");
  says("{" + a + "}", 9, "1 bytes follow the last tensor");
  says("{" + a + "}", 7, "stands at bytes 0 ... 8 of the data, of which there are 7");
  says("{" + a + "," + b(R"("shape":[1],"data_offsets":[7,8])") + "}", 8,
       "before byte 8, where the one before it ends");
  says("{" + a + "," + b(R"("shape":[1],"data_offsets":[9,10])") + "}", 10, "after byte 8");
  says("{" + b(R"("shape":[2],"data_offsets":[0,1])") + "}", 1, "has 1 bytes, but its shape and dtype U8 take 2");
  says("{" + b(R"("shape":[4294967296,4294967296],"data_offsets":[0,1])") + "}", 1, "overflows its size");
  says("{" + b(R"("shape":[0],"data_offsets":[0,0])") + "}", 0, "a dimension of 0");
  says("{" + b(R"("shape":[-1],"data_offsets":[0,1])") + "}", 1, "no list of whole numbers");
  says("{" + b(R"("shape":[1],"data_offsets":[1,0])") + "}", 1, "stands at bytes 1 ... 0");
  says("{" + b(R"("shape":[1],"data_offsets":[0,1],"x":1)") + "}", 1, "an unknown member 'x'");
  says(R"({"b":{"dtype":"Q2","shape":[1],"data_offsets":[0,1]}})", 1, "unknown dtype 'Q2'");
  says(R"({"b":{"shape":[1],"data_offsets":[0,1]}})", 1, "has no 'dtype'");
  says(R"({"b":[]})", 0, "not described by an object");
  says("{" + a, 8, "not valid JSON");
  says("{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}", 0, "nested more than 4");
  says("[1]", 0, "no JSON object follows");
}

TEST(Safetensors, LengthsThatCannotBe) {
  const auto refusal_of = [](const std::string& file) {
    return message_of<InputError>([&] {
      SafetensorsHeader::parse({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, "f");
    });
  };
  EXPECT_NE(refusal_of("").find("the file has 0 bytes"), std::string::npos);
  EXPECT_NE(refusal_of(raw(~std::uint64_t{0}) + "{}").find("would have 18446744073709551615 bytes"), std::string::npos);
  EXPECT_NE(refusal_of(raw(std::uint64_t{100}) + "{}").find("ends inside of its header of 100"), std::string::npos);
  EXPECT_NE(refusal_of(raw(std::uint64_t{0}) + "{}").find("not a safetensors file"), std::string::npos);
}

}  // namespace
}  // namespace ternsim::model
