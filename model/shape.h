#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim::model {

enum class FfnActivation { SquaredRelu, SwiGlu };

/// Element types of dense tensors as GGUF numbers them; Q4_0, Q8_0 and Q6_K are blocks with scales.
enum class ElementType { F32 = 0, F16 = 1, Q4_0 = 2, Q8_0 = 8, Q6_K = 14, BF16 = 30 };

/// Root-mean-square norm without bias, or LayerNorm (mean taken off) as BitNet v1 has it (arXiv 2310.11453).
enum class NormKind { Rms, Layer };

/// How RoPE pairs the elements of a head: i with i + d/2 (NEOX), or 2i with 2i + 1 (NORM, arch `llama` in GGUF).
enum class RopePairing { Halves, Neighbours };

/// How the inputs of the BitLinears are quantised.
enum class ActivationScheme {
  Absmax8,      ///< absmax int8 per token everywhere (b1.58, arXiv 2402.17764; v1)
  A48,          ///< BitNet a4.8 (arXiv 2411.04965): int4 absmean, top-50 % sparse int8, int8
  HadamardInt4  ///< BitNet v2 (arXiv 2504.18415): int4, o_proj and down_proj after a Hadamard transform
};

/// The hyper-parameters of a BitNet b1.58 decoder (arXiv 2504.12285); names follow GGUF's metadata keys.
struct ModelShape {
  std::string architecture;  ///< "bitnet-b1.58"
  std::string name;
  std::int64_t vocab_size = 0;
  std::int64_t context_length = 0;
  std::int64_t embedding_length = 0;  ///< hidden size
  std::int64_t block_count = 0;       ///< layers
  std::int64_t feed_forward_length = 0;
  std::int64_t head_count = 0;
  std::int64_t head_count_kv = 0;
  std::int64_t head_dim = 0;
  float norm_epsilon = 1e-5F;
  double rope_theta = 10000.0;
  FfnActivation ffn_activation = FfnActivation::SquaredRelu;
  ElementType embedding_type = ElementType::F16;  ///< of the embedding, and of the LM head if it is tied
  bool tied_embedding = true;                     ///< the embedding serves as LM head
  ElementType head_type = ElementType::F16;       ///< of the LM head if it is not tied
  bool sub_norms = true;                          ///< norms in front of attn_output and ffn_down
  NormKind norm_kind = NormKind::Rms;
  RopePairing rope_pairing = RopePairing::Halves;
  double rope_scale = 1.0;          ///< linear scaling: angles are divided by it (position interpolation)
  std::vector<float> rope_factors;  ///< (head_dim / 2), angle i is divided by factor i ("rope_freqs"); empty: all 1
  ActivationScheme activation_scheme = ActivationScheme::Absmax8;
  std::int64_t expert_count = 0;       ///< feed-forward experts a block; 0: one dense FFN
  std::int64_t expert_used_count = 0;  ///< experts that each token is sent to (top-k)

  std::int64_t q_length() const { return head_count * head_dim; }
  std::int64_t kv_length() const { return head_count_kv * head_dim; }
  ElementType lm_head_type() const { return tied_embedding ? embedding_type : head_type; }
};

/// Elements that share a scale: 1, 32 or 256.
std::int64_t block_elements(ElementType type);
/// Bytes of a row of that many elements. Throws std::invalid_argument unless `cols` is a multiple of the block.
std::int64_t row_bytes(ElementType type, std::int64_t cols);
/// "F16", "Q6_K", ...
std::string_view name_of(ElementType type);

}  // namespace ternsim::model
