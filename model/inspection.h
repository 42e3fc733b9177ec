#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/statistic.h"
#include "model/load_options.h"
#include "model/shape.h"

namespace ternsim::model {

/// What is to be told of one tensor of a file.
struct TensorFacts {
  std::string name;
  std::string type;
  std::string dims;  ///< as the file writes them: GGUF with the fastest dimension first, safetensors last
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;
  // Of a ternary matrix that could be read:
  std::optional<float> scale;
  std::uint64_t zeros = 0;
  std::uint64_t rows = 0;
  std::uint64_t zero_rows = 0;
};

/// What is to be told of a model file. Nothing in it is a reason to refuse but a container that cannot be read: what
/// would keep the model from being loaded is among the oddities.
struct ModelFacts {
  std::string container;  ///< "GGUF version 3", "safetensors"
  std::uint64_t bytes = 0;
  std::optional<ModelShape> shape;
  std::string activation;  ///< the feed-forward activation and why
  std::string tokenizer;
  std::vector<TensorFacts> tensors;
  std::vector<std::string> oddities;  ///< full sentences, each naming tensor or key
};

/// Looks at a GGUF file, a .safetensors file or a checkpoint's directory. Throws InputError where the container itself
/// is damaged.
ModelFacts inspect_model(const std::filesystem::path& path, const LoadOptions& options = {});

/// The same as a results tree; with `tensors`, a node for each of them.
StatisticNode statistics_of(const ModelFacts& facts, bool tensors);
/// One line a tensor, in columns.
std::string tensor_table(const ModelFacts& facts);

}  // namespace ternsim::model
