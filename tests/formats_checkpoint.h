#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/half.h"
#include "tests/formats_tiny.h"

// What the checkpoint tests share: safetensors files and a directory put together by hand.
namespace ternsim::model::testing {

struct RawSafetensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> dims;
  std::string data;
};

inline std::string dims_text(const std::vector<std::int64_t>& dims) {
  std::string out = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) out += (i == 0 ? "" : ",") + std::to_string(dims[i]);
  return out + "]";
}

/// The file's bytes; tensors follow one another in the order given.
inline std::string safetensors_file(const std::vector<RawSafetensor>& tensors) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  std::string data;
  for (const RawSafetensor& t : tensors) {
    header += fmt::format(",\"{}\":{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}", t.name, t.dtype,
                          dims_text(t.dims), data.size(), data.size() + t.data.size());
    data += t.data;
  }
  header += "}";
  while (header.size() % 8 != 0) header += ' ';
  return raw(std::uint64_t{header.size()}) + header + data;
}

inline std::string bf16_text(const std::vector<float>& values) {
  std::string out;
  for (const float x : values) out += raw(f32_to_bf16(x));
  return out;
}
inline std::string f32_text(const std::vector<float>& values) {
  std::string out;
  for (const float x : values) out += raw(x);
  return out;
}

/// Hugging Face's packing of codes (weight + 1), (rows, cols) row-major.
inline std::string packed_rows(const std::vector<int>& codes, std::size_t rows, std::size_t cols) {
  std::string out(rows / 4 * cols, '\0');
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < cols; ++c) {
      char& byte = out[r % (rows / 4) * cols + c];
      byte = static_cast<char>(byte | (codes[r * cols + c] << (2 * (r / (rows / 4)))));
    }
  return out;
}

/// A directory that is there as long as this is.
struct TemporaryFolder {
  explicit TemporaryFolder(const std::string& name)
      : path(std::filesystem::path(::testing::TempDir()) / fmt::format("{}_{}", name, ::getpid())) {
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::filesystem::path path;
};

/// A checkpoint of one layer: hidden 32, FFN 64, two query heads on one key/value head of 16, vocabulary 8. `codes` are
/// by tensor, in the order q, k, v, o, gate, up, down.
struct RawCheckpoint {
  std::string model_type = "bitnet";
  std::string activation = "relu2";
  std::string quantization = R"(,"quantization_config":{"quant_method":"bitnet","linear_class":"autobitlinear"})";
  std::string more;
  bool sub_norms = true;
  bool packed = true;
  float weight_scale = 0.5F;
  std::vector<std::vector<int>> codes;
  std::vector<RawSafetensor> tensors;

  struct Linear {
    const char* name;
    std::int64_t rows;
    std::int64_t cols;
  };
  static std::vector<Linear> linears() {
    return {{"self_attn.q_proj", 32, 32}, {"self_attn.k_proj", 16, 32}, {"self_attn.v_proj", 16, 32},
            {"self_attn.o_proj", 32, 32}, {"mlp.gate_proj", 64, 32},    {"mlp.up_proj", 64, 32},
            {"mlp.down_proj", 32, 64}};
  }
  std::string config() const {
    return fmt::format(
        R"({{"model_type":"{}","vocab_size":8,"max_position_embeddings":64,"hidden_size":32,"num_hidden_layers":1,)"
        R"("intermediate_size":64,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":16,"rms_norm_eps":1e-05,)"
        R"("rope_theta":500000.0,"hidden_act":"{}","tie_word_embeddings":true,"rope_scaling":null{}{}}})",
        model_type, activation, quantization, more);
  }
  void build(std::uint64_t seed) {
    Random random(seed);
    const std::string layer = "model.layers.0.";
    std::vector<float> embedding(8 * 32);
    for (float& x : embedding) x = static_cast<float>(random.uniform() - 0.5);
    tensors = {{"model.embed_tokens.weight", "BF16", {8, 32}, bf16_text(embedding)},
               {"model.norm.weight", "BF16", {32}, bf16_text(std::vector<float>(32, 1.5F))},
               {layer + "input_layernorm.weight", "BF16", {32}, bf16_text(std::vector<float>(32, 0.75F))},
               {layer + "post_attention_layernorm.weight", "F32", {32}, f32_text(std::vector<float>(32, 1.25F))}};
    if (sub_norms) {
      tensors.push_back({layer + "self_attn.attn_sub_norm.weight", "BF16", {32}, bf16_text(std::vector<float>(32, 2))});
      tensors.push_back({layer + "mlp.ffn_sub_norm.weight", "BF16", {64}, bf16_text(std::vector<float>(64, 3))});
    }
    codes.clear();
    for (const Linear& linear : linears()) {
      std::vector<int>& c = codes.emplace_back();
      for (std::int64_t i = 0; i < linear.rows * linear.cols; ++i) c.push_back(static_cast<int>(random.below(3)));
      const std::string name = layer + linear.name + ".weight";
      if (packed) {
        tensors.push_back(
            {name,
             "U8",
             {linear.rows / 4, linear.cols},
             packed_rows(c, static_cast<std::size_t>(linear.rows), static_cast<std::size_t>(linear.cols))});
        tensors.push_back({name + "_scale", "BF16", {1}, bf16_text({weight_scale})});
      } else {
        std::vector<float> values;
        for (const int code : c) values.push_back(static_cast<float>(code - 1) * weight_scale);
        tensors.push_back({name, "BF16", {linear.rows, linear.cols}, bf16_text(values)});
      }
    }
  }
  RawSafetensor* tensor(const std::string& name) {
    for (RawSafetensor& t : tensors)
      if (t.name == name) return &t;
    return nullptr;
  }
  void put(const TemporaryFolder& folder) const {
    folder.put("config.json", config());
    folder.put("model.safetensors", safetensors_file(tensors));
  }
};

}  // namespace ternsim::model::testing
