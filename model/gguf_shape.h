#pragma once

#include <optional>
#include <string>

#include "model/gguf_reader.h"
#include "model/load_options.h"
#include "model/shape.h"

namespace ternsim::model {

/// A choice that no public key of a model file settles, and what settled it.
struct ActivationChoice {
  FfnActivation activation = FfnActivation::SquaredRelu;
  std::string why;  ///< "architecture bitnet (the b1.58 700M, 1.3B and 3B models)"
};
/// "squared ReLU (ternsim.ffn_activation)", as it may be printed.
std::string describe_choice(const ActivationChoice& choice);
/// The feed-forward activation: the caller's, else the key `ternsim.ffn_activation`, else the architecture's own.
ActivationChoice choose_activation(const GgufFile& file, const LoadOptions& options = {});

/// The hyper-parameters in a GGUF file's metadata, and in which tensors there are. The shape's `embedding_type` and
/// `head_type` are those of token_embd.weight and output.weight. Throws InputError naming file and key.
ModelShape read_shape(const GgufFile& file, const LoadOptions& options = {});

/// What `ternsim.weight_scheme` says, or the caller, of linears that are master weights: empty where the caller does
/// not want them quantised.
std::optional<WeightScheme> choose_weight_scheme(const GgufFile& file, const LoadOptions& options);

}  // namespace ternsim::model
