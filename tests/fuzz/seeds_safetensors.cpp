#include <bit>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/half.h"
#include "tests/fuzz/checkpoint_input.h"
#include "tests/fuzz/seeds.h"
#include "tests/tiny_model.h"

namespace ternsim::fuzz {

namespace {

using Json = nlohmann::ordered_json;
using Files = CheckpointFiles;

constexpr std::size_t kHidden = 32;
constexpr std::size_t kFfn = 48;
constexpr std::size_t kKv = 16;  // one key/value head of 16, two query heads
constexpr std::size_t kVocab = 8;

/// One tensor of a file to be.
struct Part {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> dims;
  std::string data;
};

std::string safetensors_file(const std::vector<Part>& parts) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const Part& part : parts) {
    header[part.name] = {
        {"dtype", part.dtype}, {"shape", part.dims}, {"data_offsets", {data.size(), data.size() + part.data.size()}}};
    data += part.data;
  }
  const std::string text = header.dump();
  std::string out;
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(text.size() >> shift & 0xff);
  return out + text + data;
}

std::string floats(std::size_t count, const std::string& dtype, const std::function<float(std::size_t)>& value) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    const float x = value(i);
    std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    if (dtype == "BF16") bits >>= 16;  // the values are such that nothing is lost
    if (dtype == "F16") bits = model::f32_to_f16(x);
    for (int shift = 0; shift < (dtype == "F32" ? 32 : 16); shift += 8) out += static_cast<char>(bits >> shift & 0xff);
  }
  return out;
}

enum class Linears { Packed, Ternary, Master };

/// The tensors of one layer around it; `dtype` is that of all that is dense.
std::vector<Part> decoder(Linears linears, bool sub_norms, bool own_head, const std::string& dtype) {
  std::vector<Part> parts;
  const auto dense = [&](const std::string& name, std::vector<std::size_t> dims, auto value) {
    std::size_t count = 1;
    for (const std::size_t d : dims) count *= d;
    parts.push_back({name, dtype, std::move(dims), floats(count, dtype, value)});
  };
  const auto one = [](std::size_t) { return 1.0F; };
  const auto varied = [](std::size_t i) { return static_cast<float>(static_cast<int>(i * 7 % 16) - 8) / 8; };
  const auto ternary = [](std::size_t i) { return static_cast<float>(static_cast<int>(i * 7 % 3) - 1) / 2; };
  const auto linear = [&](const std::string& part, std::size_t out, std::size_t in) {
    const std::string name = "model.layers.0." + part + ".weight";
    if (linears != Linears::Packed) {
      if (linears == Linears::Ternary)
        dense(name, {out, in}, ternary);
      else
        dense(name, {out, in}, varied);
      return;
    }
    // Codes 0, 1, 2 in turn: 0x24 holds 0, 1, 2, 0 from bit 0 on.
    parts.push_back({name, "U8", {out / 4, in}, std::string(out / 4 * in, '\x24')});
    dense(name + "_scale", {1}, [](std::size_t) { return 0.5F; });
  };
  dense("model.embed_tokens.weight", {kVocab, kHidden}, varied);
  if (own_head) dense("lm_head.weight", {kVocab, kHidden}, varied);
  dense("model.norm.weight", {kHidden}, one);
  dense("model.layers.0.input_layernorm.weight", {kHidden}, one);
  dense("model.layers.0.post_attention_layernorm.weight", {kHidden}, one);
  if (sub_norms) {
    dense("model.layers.0.self_attn.attn_sub_norm.weight", {kHidden}, one);
    dense("model.layers.0.mlp.ffn_sub_norm.weight", {kFfn}, one);
  }
  linear("self_attn.q_proj", kHidden, kHidden);
  linear("self_attn.k_proj", kKv, kHidden);
  linear("self_attn.v_proj", kKv, kHidden);
  linear("self_attn.o_proj", kHidden, kHidden);
  linear("mlp.gate_proj", kFfn, kHidden);
  linear("mlp.up_proj", kFfn, kHidden);
  linear("mlp.down_proj", kHidden, kFfn);
  return parts;
}

Json config(const std::string& type) {
  Json out = {{"model_type", type},
              {"vocab_size", kVocab},
              {"max_position_embeddings", 64},
              {"hidden_size", kHidden},
              {"num_hidden_layers", 1},
              {"intermediate_size", kFfn},
              {"num_attention_heads", 2},
              {"num_key_value_heads", 1},
              {"rms_norm_eps", 1e-5},
              {"rope_theta", 10000.0},
              {"rope_scaling", nullptr},
              {"hidden_act", type == "bitnet" ? "relu2" : "silu"},
              {"tie_word_embeddings", type == "bitnet"},
              {"attention_bias", false},
              {"bos_token_id", 1},
              {"eos_token_id", 2}};
  out["quantization_config"] = {{"quant_method", "bitnet"},
                                {"linear_class", type == "bitnet" ? "autobitlinear" : "bitlinear"}};
  return out;
}

// Byte-level with as many tokens as the embedding has rows, less one, which then is padding.
std::string tokenizer() {
  Json vocabulary = Json::object();
  for (std::size_t id = 0; id + 1 < kVocab; ++id) vocabulary[std::string(1, static_cast<char>('a' + id))] = id;
  const Json pattern = {{"Regex",
                         R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
                         R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}};
  const Json split = {{"type", "Split"}, {"pattern", pattern}, {"behavior", "Isolated"}};
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  return Json{{"added_tokens", Json::array()},
              {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({split, bytes})}}},
              {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}}
      .dump();
}

Files single(const Json& configuration, const std::vector<Part>& parts) {
  Files files;
  files.bytes[Files::Config] = configuration.dump();
  files.bytes[Files::FirstShard] = safetensors_file(parts);
  files.bytes[Files::Tokenizer] = tokenizer();
  return files;
}

Files sharded(const Json& configuration, const std::vector<Part>& parts) {
  const auto middle = parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 2);
  const std::vector<Part> halves[] = {{parts.begin(), middle}, {middle, parts.end()}};
  Json map = Json::object();
  Files files;
  for (std::size_t i = 0; i < 2; ++i) {
    for (const Part& part : halves[i]) map[part.name] = kShardNames[i];
    files.bytes[Files::FirstShard + i] = safetensors_file(halves[i]);
  }
  files.bytes[Files::Config] = configuration.dump();
  files.bytes[Files::Index] = Json{{"metadata", {{"total_size", 1}}}, {"weight_map", map}}.dump();
  files.bytes[Files::Tokenizer] = tokenizer();
  return files;
}

}  // namespace

std::vector<Seed> safetensors_seeds() {
  std::vector<Seed> seeds;
  const auto add = [&](const char* name, SafetensorsInput kind, const std::string& bytes) {
    seeds.push_back({name, std::string(1, static_cast<char>(kind)) + bytes});
  };
  const std::vector<Part> packed = decoder(Linears::Packed, true, false, "BF16");
  const std::vector<Part> llama = decoder(Linears::Packed, false, true, "F16");
  add("file", SafetensorsInput::File, safetensors_file(packed));
  add("file_f32", SafetensorsInput::File, safetensors_file(decoder(Linears::Master, true, false, "F32")));
  Json listed = config("bitnet");
  listed["eos_token_id"] = {2, 3};
  listed["head_dim"] = 16;
  listed["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 1.0}};
  add("config", SafetensorsInput::Config, listed.dump());
  add("config_llama", SafetensorsInput::Config, config("llama").dump());
  add("packed", SafetensorsInput::Checkpoint, join_files(single(config("bitnet"), packed)));
  add("llama_sharded", SafetensorsInput::Checkpoint, join_files(sharded(config("llama"), llama)));
  add("ternary_f32", SafetensorsInput::Checkpoint,
      join_files(single(config("llama"), decoder(Linears::Ternary, false, false, "F32"))));
  add("master_sharded", SafetensorsInput::Checkpoint,
      join_files(sharded(listed, decoder(Linears::Master, true, true, "BF16"))));
  return seeds;
}

}  // namespace ternsim::fuzz
