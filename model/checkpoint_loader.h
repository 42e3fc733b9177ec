#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/checkpoint_config.h"
#include "model/file_bytes.h"
#include "model/safetensors.h"
#include "model/weights.h"

namespace ternsim::model {

/// A Hugging Face checkpoint: config.json and safetensors, one file or shards with model.safetensors.index.json.
/// Opening checks all headers, and that the index and the shards agree.
class Checkpoint {
 public:
  /// A directory, or the path of a .safetensors file with config.json beside it. Throws InputError.
  static Checkpoint open(const std::filesystem::path& path, const LoadOptions& options = {});

  struct Tensor {
    const SafetensorsTensor* info;
    std::shared_ptr<const FileBytes> file;
  };
  const std::filesystem::path& directory() const { return directory_; }
  const CheckpointConfig& config() const { return config_; }
  /// By name.
  const std::map<std::string_view, Tensor>& tensors() const { return tensors_; }
  const Tensor* find(std::string_view name) const;
  TensorSource source(const Tensor& tensor) const;
  /// The shape that configuration and tensors give together.
  const ModelShape& shape() const { return config_.shape; }
  /// How linears that are master weights become ternary; empty: they are refused.
  std::optional<WeightScheme> weight_scheme(const LoadOptions& options) const;
  /// tokenizer.json beside it, unused tokens up to vocab_size, or none; with the configuration's begin and end ids.
  Vocabulary vocabulary() const;

 private:
  void add_file(const std::filesystem::path& path);
  void open_shards(const std::filesystem::path& index);
  void complete_shape();

  std::filesystem::path directory_;
  CheckpointConfig config_;
  std::vector<std::unique_ptr<SafetensorsHeader>> headers_;
  std::map<std::string_view, Tensor> tensors_;
};

/// One BitLinear of a checkpoint, of whatever dtype: packed uint8 with `<name>_scale`, or F32, F16, BF16. Where such a
/// scale stands beside floating-point weights, they must be -s, 0 and +s alone; the matrix gets s times the scale, or
/// divided by it, as the configuration says.
/// `name` is the Hugging Face name.
BitLinearWeights read_linear(const Checkpoint& checkpoint, const std::string& name, std::int64_t rows,
                             std::int64_t cols, const LoadOptions& options, kernels::WeightArena* arena = nullptr);

/// Reads the model. Master weights (linears in F32, F16 or BF16 that are not ternary) are quantised by absmean where
/// the model is a BitNet (model_type bitnet, or sub-norms), else only when asked for. q and k rows of a model without
/// sub-norms are brought into GGUF's order (RopePairing::Neighbours), so that it is the model that its GGUF file is.
Model load_checkpoint(const std::filesystem::path& path, const LoadOptions& options = {});
Model load_checkpoint(const Checkpoint& checkpoint, const LoadOptions& options = {});

/// The same refusals of tensors that are missing or unknown, and of norms and embeddings of another shape or type; no
/// byte of them is read.
void check_tensors(const Checkpoint& checkpoint, const LoadOptions& options = {});

/// A GGUF file, a .safetensors file or a checkpoint's directory, told apart by what is in it; what `load_model` of a
/// path does. Throws InputError.
Model load_any(const std::filesystem::path& path, const LoadOptions& options = {});
/// Whether it is a GGUF file: a regular file that begins with "GGUF".
bool is_gguf(const std::filesystem::path& path);

/// The Hugging Face name of a GGUF tensor name (blk.N.attn_q.weight -> model.layers.N.self_attn.q_proj.weight);
/// sub-norms have two names in circulation, the first of which the checkpoint has is taken.
std::string checkpoint_name(const Checkpoint& checkpoint, std::string_view gguf_name);

}  // namespace ternsim::model
