#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/weights.h"

// What the format tests share: a GGUF file put together by hand, byte by byte, and a small random model.
namespace ternsim::model::testing {

template <typename T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
inline std::string raw_text(const std::string& text) { return raw(std::uint64_t{text.size()}) + text; }

/// Type ids as the GGUF specification numbers them, written out again here.
inline std::string u32_value(std::uint32_t v) { return raw(std::uint32_t{4}) + raw(v); }
inline std::string f32_value(float v) { return raw(std::uint32_t{6}) + raw(v); }
inline std::string bool_value(int v) { return raw(std::uint32_t{7}) + raw(static_cast<std::uint8_t>(v)); }
inline std::string text_value(const std::string& v) { return raw(std::uint32_t{8}) + raw_text(v); }
inline std::string texts_value(const std::vector<std::string>& v) {
  std::string out = raw(std::uint32_t{9}) + raw(std::uint32_t{8}) + raw(std::uint64_t{v.size()});
  for (const std::string& text : v) out += raw_text(text);
  return out;
}
inline std::string i32s_value(const std::vector<std::int32_t>& v) {
  std::string out = raw(std::uint32_t{9}) + raw(std::uint32_t{5}) + raw(std::uint64_t{v.size()});
  for (const std::int32_t i : v) out += raw(i);
  return out;
}

struct RawTensor {
  std::string name;
  std::vector<std::uint64_t> dims;
  std::uint32_t type;
  std::string data;
  std::int64_t move = 0;  ///< added to its offset, to make a file that lies
};

struct RawFile {
  std::uint32_t version = 3;
  std::vector<std::pair<std::string, std::string>> entries;
  std::vector<RawTensor> tensors;

  std::string* entry(const std::string& key) {
    for (auto& [k, v] : entries)
      if (k == key) return &v;
    return nullptr;
  }
  RawTensor* tensor(const std::string& name) {
    for (RawTensor& t : tensors)
      if (t.name == name) return &t;
    return nullptr;
  }
  void drop_entry(const std::string& key) {
    std::erase_if(entries, [&](const auto& e) { return e.first == key; });
  }
  void drop_tensor(const std::string& name) {
    std::erase_if(tensors, [&](const auto& t) { return t.name == name; });
  }

  /// Bytes up to the tensors' data, padded.
  std::string header() const {
    std::string out = "GGUF" + raw(version) + raw(std::uint64_t{tensors.size()}) + raw(std::uint64_t{entries.size()});
    for (const auto& [key, value] : entries) out += raw_text(key) + value;
    std::uint64_t offset = 0;
    for (const RawTensor& t : tensors) {
      out += raw_text(t.name) + raw(static_cast<std::uint32_t>(t.dims.size()));
      for (const std::uint64_t dim : t.dims) out += raw(dim);
      out += raw(t.type) + raw(offset + static_cast<std::uint64_t>(t.move));
      offset += (t.data.size() + 31) / 32 * 32;
    }
    out.resize((out.size() + 31) / 32 * 32);
    return out;
  }
  std::vector<std::uint8_t> bytes() const {
    std::string out = header();
    for (const RawTensor& t : tensors) {
      out += t.data;
      out.resize((out.size() + 31) / 32 * 32);
    }
    return {out.begin(), out.end()};
  }
};

inline std::string floats(std::size_t n, float value) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += raw(value);
  return out;
}
/// All weights 0 (code 1 in each field), scale 0.5.
inline std::string i2s_zeros(std::size_t weights) {
  return std::string(weights / 4, '\x55') + raw(0.5F) + std::string(28, '\0');
}

/// A valid model of one block: embedding 32, ffn 48 (its down projection's blocks of 128 straddle rows of 48), two
/// query heads and one key/value head of 16, eight tokens.
inline RawFile tiny_file() {
  RawFile f;
  const std::string a = "bitnet-b1.58.";
  f.entries = {{"general.architecture", text_value("bitnet-b1.58")},
               {"general.name", text_value("tiny")},
               {a + "vocab_size", u32_value(8)},
               {a + "context_length", u32_value(64)},
               {a + "embedding_length", u32_value(32)},
               {a + "block_count", u32_value(1)},
               {a + "feed_forward_length", u32_value(48)},
               {a + "rope.dimension_count", u32_value(16)},
               {a + "attention.head_count", u32_value(2)},
               {a + "attention.head_count_kv", u32_value(1)},
               {a + "attention.layer_norm_rms_epsilon", f32_value(1e-5F)},
               {a + "rope.freq_base", f32_value(10000.0F)},
               {"tokenizer.ggml.model", text_value("gpt2")},
               {"tokenizer.ggml.pre", text_value("llama-bpe")},
               {"tokenizer.ggml.tokens", texts_value({"a", "b", "c", "ab", "abc", "\xC4\xA0", "<s>", "</s>"})},
               {"tokenizer.ggml.token_type", i32s_value({1, 1, 1, 1, 1, 1, 3, 3})},
               {"tokenizer.ggml.merges", texts_value({"a b", "ab c"})},
               {"tokenizer.ggml.bos_token_id", u32_value(6)},
               {"tokenizer.ggml.eos_token_id", u32_value(7)},
               {"tokenizer.ggml.add_bos_token", bool_value(1)}};
  f.tensors = {{"token_embd.weight", {32, 8}, 1, std::string(32 * 8 * 2, '\0')},
               {"output_norm.weight", {32}, 0, floats(32, 1.0F)},
               {"blk.0.attn_norm.weight", {32}, 0, floats(32, 1.0F)},
               {"blk.0.attn_q.weight", {32, 32}, 36, i2s_zeros(32 * 32)},
               {"blk.0.attn_k.weight", {32, 16}, 36, i2s_zeros(32 * 16)},
               {"blk.0.attn_v.weight", {32, 16}, 36, i2s_zeros(32 * 16)},
               {"blk.0.attn_sub_norm.weight", {32}, 0, floats(32, 1.0F)},
               {"blk.0.attn_output.weight", {32, 32}, 36, i2s_zeros(32 * 32)},
               {"blk.0.ffn_norm.weight", {32}, 0, floats(32, 1.0F)},
               {"blk.0.ffn_gate.weight", {32, 48}, 36, i2s_zeros(32 * 48)},
               {"blk.0.ffn_up.weight", {32, 48}, 36, i2s_zeros(32 * 48)},
               {"blk.0.ffn_sub_norm.weight", {48}, 0, floats(48, 1.0F)},
               {"blk.0.ffn_down.weight", {48, 32}, 36, i2s_zeros(48 * 32)}};
  return f;
}

inline BitLinearWeights random_linear(Random& random, std::int64_t rows, std::int64_t cols) {
  BitLinearWeights out{kernels::PackedTernary(rows, cols), {}, static_cast<float>(random.uniform())};
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < cols; ++k) out.codes.set_weight(r, k, static_cast<int>(random.below(3)) - 1);
  return out;
}
inline std::vector<float> random_floats(Random& random, std::int64_t n) {
  std::vector<float> out(static_cast<std::size_t>(n));
  for (float& x : out) x = static_cast<float>(random.uniform() * 4 - 2);
  return out;
}

/// The message of the error of type E that `body` throws, "" if it throws none.
template <typename E>
std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const E& e) {
    return e.what();
  }
  return "";
}

}  // namespace ternsim::model::testing
