#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights.h"

// The names and shapes of a ternary decoder's tensors in GGUF, shared by loaders, writers and inspection.
namespace ternsim::model {

/// What an architecture's name says of a model whose file says nothing else.
struct ArchitectureDefaults {
  std::string_view name;
  FfnActivation ffn_activation;
  bool sub_norms;
  RopePairing rope_pairing;
  std::string_view of;  ///< whose files carry the name
};
/// `bitnet-b1.58` and `bitnet-25`: arXiv 2504.12285; `bitnet`: arXiv 2402.17764 as the 700M, 1.3B and 3B models have
/// it; `llama`: ternary linears in an unchanged LLaMA decoder, whose q and k rows GGUF permutes for the pairing of
/// neighbours.
inline constexpr std::array<ArchitectureDefaults, 4> kArchitectures = {
    {{"bitnet-b1.58", FfnActivation::SquaredRelu, true, RopePairing::Halves, "the released BitNet b1.58 2B4T"},
     {"bitnet-25", FfnActivation::SquaredRelu, true, RopePairing::Halves, "BitNet b1.58 2B4T, earlier files"},
     {"bitnet", FfnActivation::SwiGlu, true, RopePairing::Halves, "the b1.58 700M, 1.3B and 3B models"},
     {"llama", FfnActivation::SwiGlu, false, RopePairing::Neighbours, "LLaMA decoders with ternary linears"}}};

// Keys of our own, for what no public key names. Of those written, the activation always stands, the others only where
// a file differs from its architecture; the weight scheme is read but never written.
inline constexpr std::string_view kActivationKey = "ternsim.ffn_activation";   ///< "relu2" or "swiglu"
inline constexpr std::string_view kNormKey = "ternsim.norm_kind";              ///< "rms" or "layer"
inline constexpr std::string_view kSubNormsKey = "ternsim.sub_norms";          ///< boolean
inline constexpr std::string_view kPairingKey = "ternsim.rope_pairing";        ///< "halves" or "neighbours"
inline constexpr std::string_view kSchemeKey = "ternsim.activation_scheme";    ///< "absmax8", "a4.8", "hadamard-int4"
inline constexpr std::string_view kWeightSchemeKey = "ternsim.weight_scheme";  ///< "ternary" or "binary"

/// F32 [head_dim / 2]: RoPE's angle i is divided by element i.
inline constexpr std::string_view kRopeFactors = "rope_freqs.weight";

/// nullptr if the name is none of kArchitectures.
inline const ArchitectureDefaults* find_architecture(std::string_view name) {
  for (const ArchitectureDefaults& a : kArchitectures)
    if (a.name == name) return &a;
  return nullptr;
}
/// "bitnet-b1.58, bitnet-25, ..."
inline std::string architecture_names() {
  std::string out;
  for (const ArchitectureDefaults& a : kArchitectures) out += (out.empty() ? "" : ", ") + std::string(a.name);
  return out;
}

inline std::string block_tensor(std::int64_t block, std::string_view part) {
  return fmt::format("blk.{}.{}.weight", block, part);
}
inline std::string router_tensor(std::int64_t block) { return block_tensor(block, "ffn_gate_inp"); }

/// Calls visit(name, values, length) for each norm of block `b` in the order of their use: (name in GGUF,
/// std::vector<float>&, elements). `Block` is BlockWeights or const BlockWeights, its experts already there.
template <typename Block, typename Visit>
void visit_norms(const ModelShape& s, std::int64_t b, Block& block, Visit visit) {
  visit(block_tensor(b, "attn_norm"), block.attn_norm, s.embedding_length);
  if (s.sub_norms) visit(block_tensor(b, "attn_sub_norm"), block.attn_sub_norm, s.q_length());
  visit(block_tensor(b, "ffn_norm"), block.ffn_norm, s.embedding_length);
  if (!s.sub_norms) return;
  if (s.expert_count == 0) visit(block_tensor(b, "ffn_sub_norm"), block.ffn_sub_norm, s.feed_forward_length);
  for (std::size_t e = 0; e < block.experts.size(); ++e)
    visit(block_tensor(b, fmt::format("ffn_sub_norm.{}", e)), block.experts[e].ffn_sub_norm, s.feed_forward_length);
}

/// Calls visit(name, weights, out, in) for each BitLinear of block `b` in the order of their use, as visit_norms does.
template <typename Block, typename Visit>
void visit_linears(const ModelShape& s, std::int64_t b, Block& block, Visit visit) {
  const std::int64_t hidden = s.embedding_length;
  const std::int64_t ffn = s.feed_forward_length;
  visit(block_tensor(b, "attn_q"), block.attn_q, s.q_length(), hidden);
  visit(block_tensor(b, "attn_k"), block.attn_k, s.kv_length(), hidden);
  visit(block_tensor(b, "attn_v"), block.attn_v, s.kv_length(), hidden);
  visit(block_tensor(b, "attn_output"), block.attn_output, hidden, s.q_length());
  const auto feed_forward = [&](auto& parts, const std::string& suffix) {
    visit(block_tensor(b, "ffn_gate" + suffix), parts.ffn_gate, ffn, hidden);
    visit(block_tensor(b, "ffn_up" + suffix), parts.ffn_up, ffn, hidden);
    visit(block_tensor(b, "ffn_down" + suffix), parts.ffn_down, hidden, ffn);
  };
  if (s.expert_count == 0) feed_forward(block, "");
  for (std::size_t e = 0; e < block.experts.size(); ++e) feed_forward(block.experts[e], fmt::format(".{}", e));
}

}  // namespace ternsim::model
