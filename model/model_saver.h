#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/gguf_format.h"
#include "model/gguf_writer.h"
#include "model/i2s.h"
#include "model/weights.h"

namespace ternsim::model {

/// What a written file shall hold.
struct SaveOptions {
  GgufTensorType ternary = GgufTensorType::I2_S;  ///< I2_S, TQ1_0 or TQ2_0
  I2sLayout i2s_layout = I2sLayout::Blocks128;
  /// Element type of the embedding, and of the LM head where there is one; empty: as the model has them. Not Q4_0.
  std::optional<ElementType> embedding = std::nullopt;
  int threads = 0;  ///< that encode; 0: as many as there are processors. The file does not depend on them.
};

/// What writing lost. I2_S loses nothing.
struct SaveReport {
  double largest_scale_loss = 0;  ///< relative, of a scale that TQ1_0 and TQ2_0 keep as float16
  std::string tensor;             ///< whose scale that is; empty where nothing is lost
};

/// Writes a model so that `load_model` gives an equal one, but for what the report and a narrower embedding type say.
/// Throws RequestError if the tensor types cannot hold a matrix of this shape, the architecture is not one that can be
/// read back, or the codes have been released; InputError where the file system refuses.
SaveReport save_model(const Model& model, const std::filesystem::path& path, const SaveOptions& options = {});

// The parts of it, for writers of models that never are in memory as a whole.

/// Metadata of a model of this shape, but for its tokenizer.
void write_shape(GgufWriter& out, const ModelShape& shape, GgufTensorType ternary);
/// Throws RequestError naming the first matrix of the shape that the types cannot hold; `where` begins the message.
void check_types(const ModelShape& shape, const SaveOptions& options, const std::string& where);
/// A tensor's bytes in a ternary type.
std::vector<std::uint8_t> encode_linear(const BitLinearWeights& weights, const SaveOptions& options,
                                        const std::string& where);

}  // namespace ternsim::model
