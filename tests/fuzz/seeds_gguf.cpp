#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/model_saver.h"
#include "model/model_tensors.h"
#include "model/quantised_blocks.h"
#include "tests/formats_tiny.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/tokenizer_input.h"
#include "tests/tiny_model.h"

namespace ternsim::fuzz {

namespace {

using model::ElementType;
using model::GgufTensorType;
using model::Model;
using model::ModelShape;
using model::testing::RawFile;
using model::testing::RawTensor;

/// hidden 32, one block, two query heads on one key/value head of 16, FFN 48, eight tokens.
ModelShape small_shape() {
  ModelShape s = test::tiny_shape();
  s.name = "seed";
  s.vocab_size = 8;
  s.context_length = 16;
  s.embedding_length = 32;
  s.block_count = 1;
  s.feed_forward_length = 48;
  s.head_count = 2;
  s.head_count_kv = 1;
  s.head_dim = 16;
  return s;
}

Model small_model(const ModelShape& shape, bool binary = false) {
  Model model = test::make_random_model(shape, 1, binary);
  model.vocabulary = {};
  model.vocabulary.kind = model::VocabularyKind::None;
  model.vocabulary.add_bos = false;
  return model;
}

/// As model_saver writes it.
std::string saved(const Model& model, const model::SaveOptions& options = {}) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ternsim-seed-" + std::to_string(::getpid()) + ".gguf");
  model::save_model(model, path, options);
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  in.close();
  std::filesystem::remove(path);
  if (bytes.empty()) throw std::runtime_error("nothing was saved to " + path.string());
  return bytes;
}

std::string bytes_of(const RawFile& file) {
  const std::vector<std::uint8_t> bytes = file.bytes();
  return {bytes.begin(), bytes.end()};
}

std::string encoded(const model::BitLinearWeights& weights, GgufTensorType type) {
  std::vector<std::uint8_t> bytes;
  if (type == GgufTensorType::I2_S || type == GgufTensorType::TQ1_0 || type == GgufTensorType::TQ2_0) {
    bytes = model::encode_linear(weights, {.ternary = type, .threads = 1}, "seed");
  } else {
    const auto element = static_cast<ElementType>(type);
    const auto cols = static_cast<std::size_t>(weights.codes.cols());
    std::vector<float> row(cols);
    std::vector<std::uint8_t> out(static_cast<std::size_t>(model::row_bytes(element, weights.codes.cols())));
    for (std::int64_t r = 0; r < weights.codes.rows(); ++r) {
      for (std::size_t k = 0; k < cols; ++k)
        row[k] = 0.5F * static_cast<float>(weights.codes.weight(r, static_cast<std::int64_t>(k)));
      model::encode_row(element, row, out);
      bytes.insert(bytes.end(), out.begin(), out.end());
    }
  }
  return {bytes.begin(), bytes.end()};
}

std::string encoded(const model::DenseMatrix& matrix, GgufTensorType type) {
  const auto element = static_cast<ElementType>(type);
  std::vector<float> row(static_cast<std::size_t>(matrix.cols));
  std::vector<std::uint8_t> out(static_cast<std::size_t>(model::row_bytes(element, matrix.cols)));
  const auto stride = static_cast<std::size_t>(model::row_bytes(matrix.type, matrix.cols));
  std::string bytes;
  for (std::size_t r = 0; r < static_cast<std::size_t>(matrix.rows); ++r) {
    model::decode_row(matrix.type, {matrix.bytes.data() + r * stride, stride}, row);
    model::encode_row(element, row, out);
    bytes.append(out.begin(), out.end());
  }
  return bytes;
}

/// The metadata of a shape, and its tensors in the types given by the part of their name behind "blk.0.", I2_S unless
/// named; what model_saver never mixes in one file.
RawFile mixed_file(const ModelShape& s, const std::map<std::string, GgufTensorType>& types) {
  using namespace model::testing;
  const Model model = small_model(s);
  const auto type_of = [&](const std::string& name, GgufTensorType usual) {
    const auto it = types.find(name.substr(name.starts_with("blk.") ? 6 : 0));
    return it == types.end() ? usual : it->second;
  };
  RawFile f = tiny_file();
  const std::string a = "bitnet-b1.58.";
  const auto set = [&](const std::string& key, std::int64_t value) {
    *f.entry(a + key) = u32_value(static_cast<std::uint32_t>(value));
  };
  set("embedding_length", s.embedding_length);
  set("feed_forward_length", s.feed_forward_length);
  set("attention.head_count", s.head_count);
  set("attention.head_count_kv", s.head_count_kv);
  set("rope.dimension_count", s.head_dim);
  f.tensors.clear();
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> dims, GgufTensorType type,
                       std::string data) {
    f.tensors.push_back({name, std::move(dims), static_cast<std::uint32_t>(type), std::move(data)});
  };
  const auto width = static_cast<std::uint64_t>(s.embedding_length);
  const GgufTensorType embedding = type_of("token_embd.weight", GgufTensorType::F16);
  add("token_embd.weight", {width, 8}, embedding, encoded(model.embedding, embedding));
  add("output_norm.weight", {width}, GgufTensorType::F32, floats(width, 1.0F));
  if (!s.tied_embedding) {
    const GgufTensorType output = type_of("output.weight", GgufTensorType::F16);
    add("output.weight", {width, 8}, output, encoded(model.output, output));
  }
  visit_norms(s, 0, model.blocks[0], [&](const std::string& name, const std::vector<float>& values, std::int64_t) {
    add(name, {values.size()}, GgufTensorType::F32, floats(values.size(), 1.0F));
  });
  visit_linears(
      s, 0, model.blocks[0],
      [&](const std::string& name, const model::BitLinearWeights& w, std::int64_t rows, std::int64_t cols) {
        const GgufTensorType type = type_of(name, GgufTensorType::I2_S);
        add(name, {static_cast<std::uint64_t>(cols), static_cast<std::uint64_t>(rows)}, type, encoded(w, type));
      });
  return f;
}

// Rows of 256, as TQ1_0, TQ2_0 and Q6_K need them, in matrices that are small otherwise.
ModelShape wide_shape() {
  ModelShape s = small_shape();
  s.embedding_length = 256;
  s.feed_forward_length = 32;
  return s;
}

void add_mixed(const std::function<void(const std::string&, const RawFile&)>& add) {
  using T = GgufTensorType;
  add("tq", mixed_file(wide_shape(), {{"attn_q.weight", T::TQ1_0},
                                      {"attn_k.weight", T::TQ2_0},
                                      {"attn_v.weight", T::TQ1_0},
                                      {"ffn_gate.weight", T::TQ2_0},
                                      {"token_embd.weight", T::Q6_K}}));
  add("dense_linears", mixed_file(small_shape(), {{"attn_q.weight", T::F32},
                                                  {"attn_k.weight", T::F16},
                                                  {"attn_v.weight", T::BF16},
                                                  {"attn_output.weight", T::Q8_0},
                                                  {"ffn_gate.weight", T::Q4_0},
                                                  {"token_embd.weight", T::Q8_0}}));
  ModelShape own_head = wide_shape();
  own_head.tied_embedding = false;
  add("own_head",
      mixed_file(own_head, {{"token_embd.weight", T::F32}, {"output.weight", T::BF16}, {"attn_q.weight", T::Q6_K}}));
  own_head.embedding_length = 32;
  add("own_head_q4", mixed_file(own_head, {{"token_embd.weight", T::Q4_0}, {"output.weight", T::Q8_0}}));
}

void add_metadata(const std::function<void(const std::string&, const RawFile&)>& add) {
  using namespace model::testing;
  const RawFile plain = tiny_file();
  RawFile f = plain;
  f.version = 2;
  add("version2", f);

  // A value of every type under keys that nobody asks for, and lists in lists.
  f = plain;
  constexpr std::size_t kWidths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  for (std::uint32_t type = 0; type < 13; ++type)
    if (kWidths[type] != 0)
      f.entries.emplace_back("any.type" + std::to_string(type), raw(type) + std::string(kWidths[type], '\1'));
  const auto list = [](std::uint32_t element, std::uint64_t count) { return raw(element) + raw(count); };
  f.entries.emplace_back("any.lists", raw(std::uint32_t{9}) + list(9, 3) + list(4, 1) + raw(std::uint32_t{7}) +
                                          list(8, 1) + raw_text("text") + list(9, 1) + list(0, 2) + "ab");
  f.entries.emplace_back("any.flags", raw(std::uint32_t{9}) + list(7, 2) + std::string("\0\1", 2));
  add("every_value_type", f);

  f = plain;
  const std::string a = "bitnet-b1.58.";
  f.entries.emplace_back("general.alignment", u32_value(32));
  f.entries.emplace_back(a + "rope.scaling.type", text_value("linear"));
  f.entries.emplace_back(a + "rope.scaling.factor", f32_value(1.0F));
  f.entries.emplace_back(a + "attention.key_length", u32_value(16));
  f.entries.emplace_back(a + "attention.value_length", u32_value(16));
  f.entries.emplace_back("ternsim.ffn_activation", text_value("swiglu"));
  f.entries.emplace_back("ternsim.activation_scheme", text_value("a4.8"));
  f.entries.emplace_back("ternsim.norm_kind", text_value("layer"));
  f.entries.emplace_back("ternsim.rope_pairing", text_value("neighbours"));
  f.entries.emplace_back("ternsim.sub_norms", bool_value(1));
  f.entries.emplace_back("ternsim.weight_scheme", text_value("binary"));
  f.tensors.push_back({"rope_freqs.weight", {8}, 0, floats(8, 1.0F)});
  f.tensors.push_back({"blk.0.attn_q.scale", {1}, 0, floats(1, 0.5F)});
  add("optional_keys", f);

  const RawFile optional = f;
  const std::pair<const char*, std::string> kRefused[] = {
      {"general.architecture", text_value("other")},       {"bitnet-b1.58.rope.scaling.type", text_value("yarn")},
      {"bitnet-b1.58.attention.key_length", u32_value(8)}, {"bitnet-b1.58.attention.head_count_kv", u32_value(3)},
      {"ternsim.ffn_activation", text_value("other")},     {"ternsim.norm_kind", text_value("other")}};
  for (const auto& [key, value] : kRefused) {
    f = optional;
    *f.entry(key) = value;
    add(std::string("refused_") + key, f);
  }

  // Sizes that the metadata leave to be worked out.
  f = plain;
  for (const char* key : {"vocab_size", "rope.dimension_count", "rope.freq_base"}) f.drop_entry(a + key);
  *f.entry(a + "attention.layer_norm_rms_epsilon") = raw(std::uint32_t{12}) + raw(1e-5);
  add("sizes_implied", f);

  // Every integer type.
  f = plain;
  *f.entry(a + "block_count") = raw(std::uint32_t{0}) + raw(std::uint8_t{1});
  *f.entry(a + "attention.head_count") = raw(std::uint32_t{1}) + raw(std::int8_t{2});
  *f.entry(a + "embedding_length") = raw(std::uint32_t{2}) + raw(std::uint16_t{32});
  *f.entry(a + "feed_forward_length") = raw(std::uint32_t{3}) + raw(std::int16_t{48});
  *f.entry(a + "context_length") = raw(std::uint32_t{10}) + raw(std::uint64_t{64});
  *f.entry(a + "vocab_size") = raw(std::uint32_t{11}) + raw(std::int64_t{8});
  *f.entry(a + "rope.dimension_count") = raw(std::uint32_t{5}) + raw(std::int32_t{16});
  add("integer_types", f);
}

/// I2_S tensors that are refused: a code 3 in rows that straddle blocks and in rows that do not, a scale below zero,
/// and weights that fill no whole block.
void add_damaged_i2s(const std::function<void(const std::string&, const RawFile&)>& add) {
  const auto tensor_of = [](RawFile& f, const std::string& name) -> RawTensor& {
    return *std::ranges::find(f.tensors, "blk.0." + name + ".weight", &RawTensor::name);
  };
  const RawFile plain = model::testing::tiny_file();
  RawFile f = plain;
  tensor_of(f, "attn_k").data[5] = '\x1c';
  add("refused_i2s_code3", f);
  f = mixed_file(wide_shape(), {});
  tensor_of(f, "attn_k").data[70] = '\xc0';
  add("refused_i2s_code3_rows", f);
  f = plain;
  std::string& data = tensor_of(f, "attn_q").data;
  data.replace(32 * 32 / 4, sizeof(float), model::testing::raw(-1.0F));
  add("refused_i2s_scale", f);
  f = plain;
  *f.entry("bitnet-b1.58.feed_forward_length") = model::testing::u32_value(33);
  for (const char* name : {"ffn_gate", "ffn_up"}) {
    tensor_of(f, name).dims = {32, 33};
    tensor_of(f, name).data = model::testing::i2s_zeros(32 * 33);
  }
  add("refused_i2s_blocks", f);
}

Model with_vocabulary(model::Vocabulary vocabulary) {
  ModelShape s = small_shape();
  s.embedding_length = 16;
  s.vocab_size = static_cast<std::int64_t>(vocabulary.tokens.size());
  Model model = small_model(s);
  model.vocabulary = std::move(vocabulary);
  return model;
}

}  // namespace

std::vector<Seed> gguf_seeds() {
  std::vector<Seed> seeds;
  const auto add_raw = [&](const std::string& name, const RawFile& file) { seeds.push_back({name, bytes_of(file)}); };
  add_raw("i2s", model::testing::tiny_file());
  add_mixed(add_raw);
  add_metadata(add_raw);
  add_damaged_i2s(add_raw);
  for (test::Variant variant : test::tiny_variants()) {
    ModelShape shape = small_shape();
    const ModelShape& other = variant.shape;
    shape.rope_scale = other.rope_scale;
    if (!other.rope_factors.empty()) shape.rope_factors.assign(static_cast<std::size_t>(shape.head_dim / 2), 2.0F);
    shape.architecture = other.architecture;
    shape.ffn_activation = other.ffn_activation;
    shape.tied_embedding = other.tied_embedding;
    shape.sub_norms = other.sub_norms;
    shape.norm_kind = other.norm_kind;
    shape.rope_pairing = other.rope_pairing;
    shape.activation_scheme = other.activation_scheme;
    shape.expert_count = other.expert_count;
    shape.expert_used_count = other.expert_used_count;
    seeds.push_back({variant.name, saved(small_model(shape, variant.binary))});
  }
  ModelShape older = small_shape();
  older.architecture = "bitnet-25";
  seeds.push_back({"bitnet_25_blocks64", saved(small_model(older), {.i2s_layout = model::I2sLayout::Blocks64})});
  ModelShape wide = wide_shape();
  wide.feed_forward_length = 256;
  wide.head_count = 16;
  seeds.push_back({"tq1_saved", saved(small_model(wide), {.ternary = GgufTensorType::TQ1_0})});
  // The same again for the other ways in which fuzz_gguf reads and writes a file: bytes behind the tensors count for
  // nothing to the reader.
  for (const int choice : {1, 2, 4, 12, 20, 28, 36, 16 + 48, 32 + 96, 144, 16 + 192}) {
    const std::string from = choice < 40 ? "B158" : "tq1_saved";
    const auto seed = std::find_if(seeds.begin(), seeds.end(), [&](const Seed& s) { return s.name == from; });
    seeds.push_back({from + "_choice" + std::to_string(choice), seed->bytes + static_cast<char>(choice)});
  }
  model::Vocabulary chat = byte_level_vocabulary();
  chat.stop_ids = {1, 2};  // known by a key, not by their names
  chat.ignore_merges = false;
  const auto add_plain = [&](const char* name, const Model& model) {
    seeds.push_back({name, saved(model) + '\0'});  // read and written in the plain way
  };
  add_plain("byte_level", with_vocabulary(std::move(chat)));
  add_plain("sentencepiece", with_vocabulary(sentencepiece_vocabulary()));
  return seeds;
}

}  // namespace ternsim::fuzz
