#pragma once

#include <filesystem>
#include <optional>

#include "model/gguf_reader.h"
#include "model/i2s.h"
#include "model/weights.h"

namespace ternsim::model {

struct LoadOptions {
  I2sLayout i2s_layout = I2sLayout::Blocks128;
  /// Instead of what the file's `ternsim.ffn_activation`, or else its architecture, says.
  std::optional<FfnActivation> ffn_activation;
};

/// Reads a BitNet b1.58 model in GGUF: architectures `bitnet-b1.58` and `bitnet-25` (the released 2B4T file and an
/// older one; squared ReLU, tied embedding, sub-norms; arXiv 2504.12285), BitLinears in I2_S, embedding F32/F16/BF16,
/// norms F32.
///
/// One key of our own: `ternsim.ffn_activation`, "relu2" or "swiglu". `tokenizer.ggml.model` "none" stands for a model
/// without a tokenizer. Throws InputError, naming file and tensor or key, for anything missing, unknown, of another
/// shape than the metadata say, or not a number (NaN, infinity). Sizes are held against the file's bytes before memory
/// is asked for: a model takes at most about eight times its file, and that only with rows of 16 weights.
Model load_model(const std::filesystem::path& path, const LoadOptions& options = {});
Model load_model(const GgufFile& file, const LoadOptions& options = {});

/// The parts of it. The shape's `embedding_type` is that of the tensor token_embd.weight.
ModelShape read_shape(const GgufFile& file, const LoadOptions& options = {});
/// Strings and ids as they stand; `Tokenizer` checks that they make sense together.
Vocabulary read_vocabulary(const GgufFile& file, std::int64_t vocab_size);

}  // namespace ternsim::model
