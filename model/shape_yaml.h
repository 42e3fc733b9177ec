#pragma once

#include <filesystem>
#include <string>

#include "model/shape.h"

namespace ternsim::model {

/// Reads a model's hyper-parameters without its weights, from `configs/models/NAME.yaml`. All keys are required, as
/// named in ModelShape; `ffn_activation` is squared_relu or swiglu, `embedding_type` f32, f16 or bf16. Throws
/// InputError with file, line and key.
ModelShape load_shape(const std::filesystem::path& path);
/// The same from text; `origin` stands in messages where the file's name would.
ModelShape parse_shape(const std::string& text, const std::string& origin);

}  // namespace ternsim::model
