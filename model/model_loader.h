#pragma once

#include <filesystem>

#include "model/gguf_reader.h"
#include "model/gguf_shape.h"
#include "model/load_options.h"
#include "model/vocabulary_gguf.h"
#include "model/weights.h"

namespace ternsim::model {

/// Reads a ternary decoder in GGUF: architectures `bitnet-b1.58`, `bitnet-25`, `bitnet` and `llama` (kArchitectures
/// says what each means), BitLinears in I2_S, TQ1_0 or TQ2_0, or ternary values or master weights in F32, F16, BF16,
/// Q8_0, Q6_K or Q4_0; embedding and LM head in any of those six, norms F32, F16 or BF16, routers F32. A float32 tensor
/// `blk.N.x.scale` of one element multiplies the scale of `blk.N.x.weight`. Experts, for which there is no public
/// convention: `<arch>.expert_count`, `<arch>.expert_used_count`, `blk.N.ffn_gate_inp.weight` and
/// `blk.N.ffn_{gate,up,down,sub_norm}.E.weight`. model_tensors.h lists the metadata keys of our own.
///
/// `tokenizer.ggml.model` "none" stands for a model without a tokenizer. Throws InputError, naming file and tensor or
/// key, for anything missing, unknown, of another shape than the metadata say, or not a number (NaN, infinity). Sizes
/// are held against the file's bytes before memory is asked for: a model takes at most about eight times its file, and
/// that only with rows of 16 weights.
Model load_model(const GgufFile& file, const LoadOptions& options = {});
/// The same from a file, or a Hugging Face checkpoint (checkpoint_loader.h): a .safetensors file or a directory. Which
/// of them it is, its content decides.
Model load_model(const std::filesystem::path& path, const LoadOptions& options = {});

/// The same refusals of tensors that are missing, unknown, of another shape or type; no byte of them is read.
void check_tensors(const GgufFile& file, const LoadOptions& options = {});

/// One ternary matrix (rows, cols) of a file, in whatever type its tensor has; `companion` is its scale tensor or null.
/// The tensor's shape has been checked.
BitLinearWeights read_linear(const GgufFile& file, const GgufTensor& tensor, const GgufTensor* companion,
                             const LoadOptions& options, kernels::WeightArena* arena = nullptr);
/// The tensor `blk.N.x.scale` of `blk.N.x.weight`, or nullptr.
const GgufTensor* find_companion(const GgufFile& file, std::string_view weight_name);

}  // namespace ternsim::model
