#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/gguf_shape.h"
#include "model/load_options.h"
#include "model/shape.h"

namespace ternsim::model {

/// How packed ternary weights of a checkpoint use their `weight_scale`.
enum class ScaleConvention {
  Multiply,  ///< quantization_config.linear_class "autobitlinear" (BitNet b1.58 2B4T)
  Divide     ///< "bitlinear" or none (Llama3-8B-1.58, Falcon3-1.58)
};

/// What a Hugging Face config.json says of a ternary decoder.
struct CheckpointConfig {
  /// All but what only the tensors tell: architecture, element types, sub_norms, tied_embedding, rope_pairing.
  ModelShape shape;
  std::string model_type;  ///< "bitnet" or "llama"
  bool tie_word_embeddings = false;
  ScaleConvention scales = ScaleConvention::Divide;
  ActivationChoice activation;
  std::optional<std::int64_t> bos;
  std::vector<std::int64_t> eos;  ///< one or more
};

/// Reads config.json; `origin` begins the messages. Throws InputError, naming the key, on a missing or impossible
/// number, a model_type other than bitnet and llama, RoPE scaling other than linear, biases, and an activation other
/// than relu2 and silu.
CheckpointConfig parse_checkpoint_config(std::string_view text, const std::string& origin,
                                         const LoadOptions& options = {});

}  // namespace ternsim::model
