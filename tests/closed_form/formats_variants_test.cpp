#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "model/inspection.h"
#include "model/model_loader.h"
#include "model/model_saver.h"
#include "model/model_tensors.h"
#include "model/quantised_blocks.h"
#include "model/ternary_codecs.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

using namespace testing;  // NOLINT: the helpers of this test

/// A random model of any shape without a tokenizer, F32 embedding and head.
Model random_model(const ModelShape& shape) {
  Random random(17);
  Model m;
  m.shape = shape;
  m.shape.name = "random";
  m.vocabulary.kind = VocabularyKind::None;
  m.vocabulary.add_bos = false;
  const auto dense = [&](std::int64_t rows) {
    DenseMatrix out{ElementType::F32, rows, shape.embedding_length, {}};
    const auto values = random_floats(random, rows * shape.embedding_length);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    out.bytes.assign(bytes, bytes + values.size() * 4);
    return out;
  };
  m.embedding = dense(shape.vocab_size);
  if (!shape.tied_embedding) m.output = dense(shape.vocab_size);
  m.output_norm = random_floats(random, shape.embedding_length);
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    BlockWeights& block = m.blocks.emplace_back();
    block.experts.resize(static_cast<std::size_t>(shape.expert_count));
    if (shape.expert_count > 0) block.ffn_router = dense(shape.expert_count);
    visit_norms(shape, b, block, [&](const std::string&, std::vector<float>& to, std::int64_t length) {
      to = random_floats(random, length);
    });
    visit_linears(shape, b, block, [&](const std::string&, BitLinearWeights& to, std::int64_t rows, std::int64_t cols) {
      to = testing::random_linear(random, rows, cols);
      to.scale += 0.125F;
    });
  }
  return m;
}

ModelShape small_shape() {
  ModelShape s;
  s.architecture = "bitnet";
  s.vocab_size = 12;
  s.context_length = 64;
  s.embedding_length = 256;
  s.block_count = 2;
  s.feed_forward_length = 512;
  s.head_count = 4;
  s.head_count_kv = 2;
  s.head_dim = 64;
  s.ffn_activation = FfnActivation::SwiGlu;
  s.embedding_type = s.head_type = ElementType::F32;
  return s;
}

class Variants : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  Model round_trip(const Model& model, const SaveOptions& options = {}, const LoadOptions& load = {}) const {
    save_model(model, path_, options);
    return load_model(path_, load);
  }
  const std::string path_ = ::testing::TempDir() + std::to_string(getpid()) + "_formats_variants.gguf";
};

void expect_equal(const Model& a, const Model& b, bool scales = true) {
  const ModelShape& s = a.shape;
  const ModelShape& t = b.shape;
  EXPECT_EQ(s.architecture, t.architecture);
  EXPECT_EQ(s.ffn_activation, t.ffn_activation);
  EXPECT_EQ(s.tied_embedding, t.tied_embedding);
  EXPECT_EQ(s.sub_norms, t.sub_norms);
  EXPECT_EQ(s.norm_kind, t.norm_kind);
  EXPECT_EQ(s.rope_pairing, t.rope_pairing);
  EXPECT_EQ(s.activation_scheme, t.activation_scheme);
  EXPECT_EQ(s.expert_count, t.expert_count);
  EXPECT_EQ(s.expert_used_count, t.expert_used_count);
  EXPECT_EQ(a.embedding.bytes, b.embedding.bytes);
  EXPECT_EQ(a.output.bytes, b.output.bytes);
  ASSERT_EQ(a.blocks.size(), b.blocks.size());
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    EXPECT_EQ(a.blocks[i].ffn_router.bytes, b.blocks[i].ffn_router.bytes);
    std::vector<std::vector<float>> norms;
    visit_norms(s, 0, a.blocks[i],
                [&](const std::string&, const std::vector<float>& v, std::int64_t) { norms.push_back(v); });
    std::size_t at = 0;
    visit_norms(t, 0, b.blocks[i], [&](const std::string& name, const std::vector<float>& v, std::int64_t) {
      EXPECT_EQ(v, norms.at(at++)) << name;
    });
    EXPECT_EQ(at, norms.size());
    std::vector<const BitLinearWeights*> linears;
    visit_linears(s, 0, a.blocks[i], [&](const std::string&, const BitLinearWeights& w, std::int64_t, std::int64_t) {
      linears.push_back(&w);
    });
    at = 0;
    visit_linears(t, 0, b.blocks[i],
                  [&](const std::string& name, const BitLinearWeights& w, std::int64_t rows, std::int64_t) {
                    const BitLinearWeights& expected = *linears.at(at++);
                    if (scales) {
                      EXPECT_EQ(w.scale, expected.scale) << name;
                    }
                    for (std::int64_t r = 0; r < rows; ++r)
                      ASSERT_TRUE(std::ranges::equal(w.codes.row(r), expected.codes.row(r))) << name;
                  });
    EXPECT_EQ(at, linears.size());
  }
}

TEST_F(Variants, EveryVariantRoundTrips) {
  std::vector<ModelShape> shapes(6, small_shape());
  shapes[1].architecture = "llama";
  shapes[1].sub_norms = false;
  shapes[1].rope_pairing = RopePairing::Neighbours;
  shapes[1].tied_embedding = false;
  shapes[2].architecture = "bitnet-b1.58";
  shapes[2].ffn_activation = FfnActivation::SquaredRelu;
  shapes[2].activation_scheme = ActivationScheme::A48;
  shapes[3].sub_norms = false;
  shapes[3].norm_kind = NormKind::Layer;
  shapes[3].rope_pairing = RopePairing::Neighbours;
  shapes[3].activation_scheme = ActivationScheme::HadamardInt4;
  shapes[4].expert_count = 3;
  shapes[4].expert_used_count = 2;
  shapes[5].architecture = "llama";
  shapes[5].expert_count = 2;
  shapes[5].expert_used_count = 1;
  shapes[5].head_dim = 128;  // heads wider than the embedding
  for (const ModelShape& shape : shapes) {
    const Model model = random_model(shape);
    expect_equal(model, round_trip(model));
  }
}

TEST_F(Variants, EveryTernaryTypeKeepsTheWeights) {
  const Model model = random_model(small_shape());
  for (const I2sLayout layout : {I2sLayout::Blocks128, I2sLayout::Blocks64})
    expect_equal(model, round_trip(model, {.i2s_layout = layout}, {.i2s_layout = layout}));
  for (const GgufTensorType type : {GgufTensorType::TQ1_0, GgufTensorType::TQ2_0}) {
    const SaveReport report = save_model(model, path_, {.ternary = type});
    const Model back = load_model(path_);
    expect_equal(model, back, false);
    double largest = 0;
    for (std::size_t b = 0; b < 2; ++b)
      visit_linears(model.shape, 0, model.blocks[b],
                    [&](const std::string&, const BitLinearWeights& w, std::int64_t, std::int64_t) {
                      largest = std::max(largest, tq_scale_loss(w.scale));
                    });
    EXPECT_EQ(report.largest_scale_loss, largest);
    EXPECT_GT(largest, 0);
    EXPECT_NEAR(back.blocks[0].attn_q.scale / model.blocks[0].attn_q.scale, 1, 0x1p-11);
  }
}

TEST_F(Variants, EveryEmbeddingType) {
  ModelShape shape = small_shape();
  shape.tied_embedding = false;
  const Model model = random_model(shape);
  for (const ElementType type :
       {ElementType::F32, ElementType::F16, ElementType::BF16, ElementType::Q8_0, ElementType::Q6_K}) {
    const Model back = round_trip(model, {.embedding = type});
    EXPECT_EQ(back.shape.embedding_type, type);
    EXPECT_EQ(back.shape.head_type, type);
    for (const auto& [from, to] : {std::pair(&model.embedding, &back.embedding), {&model.output, &back.output}}) {
      ASSERT_EQ(to->type, type);
      std::vector<float> row(256);
      std::vector<std::uint8_t> expected(static_cast<std::size_t>(row_bytes(type, 256)));
      for (std::int64_t r = 0; r < 12; ++r) {
        decode_row(ElementType::F32, {from->bytes.data() + r * 1024, 1024}, row);
        encode_row(type, row, expected);
        ASSERT_EQ(std::memcmp(to->bytes.data() + r * row_bytes(type, 256), expected.data(), expected.size()), 0);
      }
    }
  }
  EXPECT_THROW(save_model(model, path_, {.embedding = ElementType::Q4_0}), RequestError);
}

TEST_F(Variants, ShapesThatTypesCannotHold) {
  ModelShape shape = small_shape();
  shape.feed_forward_length = 320;
  const Model model = random_model(shape);
  expect_equal(model, round_trip(model));
  const std::string tq =
      message_of<RequestError>([&] { save_model(model, path_, {.ternary = GgufTensorType::TQ1_0}); });
  EXPECT_NE(
      tq.find("blk.0.ffn_down.weight has rows of 320 weights, which are no multiple of the TQ types' block of 256; "
              "write i2_s"),
      std::string::npos)
      << tq;
  shape = small_shape();
  shape.embedding_length = 288;
  const std::string q6 =
      message_of<RequestError>([&] { save_model(random_model(shape), path_, {.embedding = ElementType::Q6_K}); });
  EXPECT_NE(
      q6.find("rows of 288 elements, which are no multiple of Q6_K's block of 256; choose F16, BF16, F32 or Q8_0"),
      std::string::npos)
      << q6;
}

// The row lengths of the 3B and 1.3B models, whose blocks straddle rows.
TEST_F(Variants, StraddlingRows) {
  Random random(4);
  for (const auto& [rows, cols] : {std::pair{64, 3200}, {32, 8640}, {32, 5460}})
    for (const I2sLayout layout : {I2sLayout::Blocks128, I2sLayout::Blocks64}) {
      const BitLinearWeights w = testing::random_linear(random, rows, cols);
      const auto back = read_i2s(write_i2s(w, layout, "t"), rows, cols, layout, "t");
      for (std::int64_t r = 0; r < rows; ++r) ASSERT_TRUE(std::ranges::equal(back.codes.row(r), w.codes.row(r)));
      EXPECT_EQ(back.codes.count_zeros(), w.codes.count_zeros());
    }
}

TEST_F(Variants, RepackedAtLoad) {
  const Model model = random_model(small_shape());
  save_model(model, path_);
  const Model columns = load_model(path_, {.columns_for_down = true, .threads = 2});
  for (const BlockWeights& block : columns.blocks) {
    EXPECT_TRUE(block.ffn_down.codes.released());
    EXPECT_EQ(block.ffn_down.repacked.packing(), kernels::Packing::TwoBitColumns);
    EXPECT_FALSE(block.ffn_up.codes.released());
    EXPECT_TRUE(block.ffn_up.repacked.empty());
  }
  const Model base3 = load_model(path_, {.packing = kernels::Packing::Base3});
  for (std::size_t b = 0; b < 2; ++b)
    visit_linears(model.shape, 0, base3.blocks[b],
                  [&](const std::string& name, const BitLinearWeights& w, std::int64_t rows, std::int64_t cols) {
                    EXPECT_TRUE(w.codes.released()) << name;
                    EXPECT_EQ(w.codes.rows(), rows);
                    EXPECT_EQ(w.codes.cols(), cols);
                    EXPECT_EQ(w.repacked.packing(), kernels::Packing::Base3);
                  });
  const kernels::PackedTernary back = kernels::unpack(base3.blocks[1].ffn_down.repacked);
  for (std::int64_t r = 0; r < back.rows(); ++r)
    ASSERT_TRUE(std::ranges::equal(back.row(r), model.blocks[1].ffn_down.codes.row(r)));
  EXPECT_NE(message_of<RequestError>([&] { save_model(base3, path_ + ".no"); }).find("has been repacked"),
            std::string::npos);
}

RawFile companion_file() {
  RawFile file = tiny_file();
  *file.entry("general.architecture") = text_value("bitnet");
  for (auto& [key, value] : file.entries)
    if (key.starts_with("bitnet-b1.58.")) key = "bitnet." + key.substr(13);
  file.tensors.push_back({"blk.0.ffn_down.scale", {1}, 0, raw(0.25F)});
  return file;
}

TEST(Companions, ScaleOfItsOwnMultiplies) {
  RawFile file = companion_file();
  const auto load = [&] { return load_model(GgufFile::from_bytes(file.bytes(), "f.gguf")); };
  const Model model = load();
  EXPECT_EQ(model.blocks[0].ffn_down.scale, 0.5F * 0.25F);
  EXPECT_EQ(model.blocks[0].ffn_up.scale, 0.5F);
  EXPECT_EQ(model.shape.ffn_activation, FfnActivation::SwiGlu);
  file.tensors.back().data = raw(-1.0F);
  EXPECT_NE(message_of<InputError>(load).find("tensor 'blk.0.ffn_down.scale' is -1"), std::string::npos);
  file.tensors.back() = {"blk.0.ffn_down.scale", {2}, 0, raw(1.0F) + raw(1.0F)};
  EXPECT_NE(message_of<InputError>(load).find("is not the one F32 element"), std::string::npos);
  file.tensors.back() = {"blk.0.ffn_norm.scale", {1}, 0, raw(1.0F)};
  EXPECT_NE(message_of<InputError>(load).find("tensor 'blk.0.ffn_norm.scale' cannot be used"), std::string::npos);
}

// gate: weights 1 in even columns, 0 elsewhere, as F16 (1.0 is 0x3c00); up: 2 and 1 in turn, master weights.
TEST(DenseLinears, TernaryOnesAreTakenMasterOnesAskedFor) {
  RawFile file = tiny_file();
  std::string gate;
  std::string up;
  for (int i = 0; i < 32 * 48; ++i) {
    gate += raw(static_cast<std::uint16_t>(i % 2 == 0 ? 0x3c00 : 0));
    up += raw(i % 2 == 0 ? 2.0F : -0.25F);
  }
  *file.tensor("blk.0.ffn_gate.weight") = {"blk.0.ffn_gate.weight", {32, 48}, 1, gate};
  const auto load = [&](const LoadOptions& options) {
    return load_model(GgufFile::from_bytes(file.bytes(), "f.gguf"), options);
  };
  const Model exact = load({});
  EXPECT_EQ(exact.blocks[0].ffn_gate.scale, 1.0F);
  EXPECT_EQ(exact.blocks[0].ffn_gate.codes.weight(3, 4), 1);
  EXPECT_EQ(exact.blocks[0].ffn_gate.codes.weight(3, 5), 0);
  *file.tensor("blk.0.ffn_up.weight") = {"blk.0.ffn_up.weight", {32, 48}, 0, up};
  EXPECT_NE(
      message_of<InputError>([&] { load({}); }).find("tensor 'blk.0.ffn_up.weight' is F32 with values other than"),
      std::string::npos);
  const Model ternary = load({.ternarise = true});
  EXPECT_EQ(ternary.blocks[0].ffn_up.scale, 1.125F);  // (2 + 0.25) / 2; 0.25 is below half of it
  EXPECT_EQ(ternary.blocks[0].ffn_up.codes.weight(1, 0), 1);
  EXPECT_EQ(ternary.blocks[0].ffn_up.codes.weight(1, 1), 0);
  file.entries.emplace_back("ternsim.weight_scheme", text_value("binary"));
  EXPECT_EQ(load({.ternarise = true}).blocks[0].ffn_up.codes.weight(1, 1), -1);
  file.entries.back().second = text_value("quinary");
  EXPECT_NE(message_of<InputError>([&] { load({.ternarise = true}); }).find("ternary or binary expected"),
            std::string::npos);
}

TEST_F(Variants, InspectionTellsWhatIsOdd) {
  ModelShape shape = small_shape();
  Model model = random_model(shape);
  for (std::int64_t k = 0; k < 256; ++k) {
    model.blocks[1].ffn_gate.codes.set_weight(5, k, 0);
    model.blocks[1].ffn_up.codes.set_weight(5, k, 0);
    model.blocks[0].ffn_up.codes.set_weight(6, k, 0);
  }
  save_model(model, path_);
  EXPECT_EQ(load_model(path_).blocks[1].ffn_gate.codes.zero_rows().size(), 1U) << "noted for the kernels";
  const ModelFacts facts = inspect_model(path_);
  std::uint64_t zero_rows = 0;
  for (const TensorFacts& t : facts.tensors) {
    zero_rows += t.zero_rows;
    if (t.name == "blk.1.attn_q.weight") {
      EXPECT_EQ(t.zeros, static_cast<std::uint64_t>(model.blocks[1].attn_q.codes.count_zeros()));
      EXPECT_EQ(t.scale, model.blocks[1].attn_q.scale);
    }
  }
  EXPECT_EQ(zero_rows, 3U);
  const auto odd = [](const ModelFacts& f, const std::string& part) {
    return std::ranges::count_if(f.oddities, [&](const std::string& o) { return o.find(part) != std::string::npos; });
  };
  EXPECT_EQ(odd(facts, "I2_S blocks are of 128 weights (x86) or 64 (ARM)"), 1);
  EXPECT_EQ(odd(facts, "all-zero rows of 'blk.0.ffn_up.weight' are not those"), 1);
  EXPECT_EQ(facts.oddities.size(), 2U);
  const StatisticNode node = statistics_of(facts, true);
  EXPECT_EQ(std::get<std::uint64_t>(node.find("zero_rows")->value), 3U);
  EXPECT_EQ(node.find_child("tensor_list")->children.size(), facts.tensors.size());
  EXPECT_NE(tensor_table(facts).find("blk.1.ffn_down.weight"), std::string::npos);
}

TEST(Inspection, DamagedPartsAreToldNotThrown) {
  const std::string path = ::testing::TempDir() + std::to_string(getpid()) + "_formats_inspection.gguf";
  RawFile file = tiny_file();
  file.drop_entry("tokenizer.ggml.pre");
  file.drop_tensor("blk.0.attn_norm.weight");
  file.entries.emplace_back("bitnet-b1.58.rope.scaling.kind", u32_value(1));
  file.tensor("blk.0.attn_q.weight")->data[7] = '\xC0';
  file.tensors.push_back({"blk.7.extra.weight", {32}, 0, floats(32, 1.0F)});
  const auto bytes = file.bytes();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const ModelFacts facts = inspect_model(path);
  std::string all;
  for (const std::string& oddity : facts.oddities) all += oddity + "\n";
  for (const char* part :
       {"'tokenizer.ggml.pre' is missing", "Tensor 'blk.0.attn_norm.weight' is missing",
        "tensor 'blk.0.attn_q.weight': code 3", "key 'bitnet-b1.58.rope.scaling.kind' is not one that is read",
        "Tensor 'blk.7.extra.weight' is not one",
        "No key names the feed-forward activation: squared ReLU (no key says; architecture bitnet-b1.58"})
    EXPECT_NE(all.find(part), std::string::npos) << "wanted '" << part << "' in: " << all;
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ternsim::model
