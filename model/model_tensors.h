#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights.h"

// The names and shapes of a BitNet b1.58 model's tensors in GGUF, shared by loader and writer.
namespace ternsim::model {

inline constexpr std::array<std::string_view, 2> kArchitectures = {"bitnet-b1.58", "bitnet-25"};
/// Our own key, "relu2" or "swiglu": no public one names the activation of the feed-forward network.
inline constexpr std::string_view kActivationKey = "ternsim.ffn_activation";

inline bool known_architecture(std::string_view name) {
  return std::find(kArchitectures.begin(), kArchitectures.end(), name) != kArchitectures.end();
}

inline std::string block_tensor(std::int64_t block, std::string_view part) {
  return fmt::format("blk.{}.{}.weight", block, part);
}

struct NormPart {
  std::string_view name;
  std::vector<float> BlockWeights::*values;
  std::int64_t length;
};
/// The norms of one block in the order of their use.
inline std::array<NormPart, 4> norm_parts(const ModelShape& s) {
  return {{{"attn_norm", &BlockWeights::attn_norm, s.embedding_length},
           {"attn_sub_norm", &BlockWeights::attn_sub_norm, s.q_length()},
           {"ffn_norm", &BlockWeights::ffn_norm, s.embedding_length},
           {"ffn_sub_norm", &BlockWeights::ffn_sub_norm, s.feed_forward_length}}};
}

struct LinearPart {
  std::string_view name;
  BitLinearWeights BlockWeights::*weights;
  std::int64_t rows;
  std::int64_t cols;
};
/// The BitLinears of one block, (out, in), in the order of their use.
inline std::array<LinearPart, 7> linear_parts(const ModelShape& s) {
  const std::int64_t hidden = s.embedding_length;
  const std::int64_t ffn = s.feed_forward_length;
  return {{{"attn_q", &BlockWeights::attn_q, s.q_length(), hidden},
           {"attn_k", &BlockWeights::attn_k, s.kv_length(), hidden},
           {"attn_v", &BlockWeights::attn_v, s.kv_length(), hidden},
           {"attn_output", &BlockWeights::attn_output, hidden, s.q_length()},
           {"ffn_gate", &BlockWeights::ffn_gate, ffn, hidden},
           {"ffn_up", &BlockWeights::ffn_up, ffn, hidden},
           {"ffn_down", &BlockWeights::ffn_down, hidden, ffn}}};
}

}  // namespace ternsim::model
