#pragma once

#include <cstdint>
#include <string>

namespace ternsim::model {

enum class FfnActivation { SquaredRelu, SwiGlu };
/// Element types of dense tensors as GGUF numbers them.
enum class ElementType { F32 = 0, F16 = 1, BF16 = 30 };

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
  ElementType embedding_type = ElementType::F16;  ///< of the embedding and the tied LM head
  std::int64_t q_length() const { return head_count * head_dim; }
  std::int64_t kv_length() const { return head_count_kv * head_dim; }
};

/// Bytes of one element.
std::int64_t element_bytes(ElementType type);

}  // namespace ternsim::model
