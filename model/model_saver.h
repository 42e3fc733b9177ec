#pragma once

#include <filesystem>

#include "model/i2s.h"
#include "model/weights.h"

namespace ternsim::model {

/// Writes a model so that `load_model` gives an equal one. Throws RequestError if the shape of a BitLinear is no
/// multiple of I2_S's block or the architecture is not one that can be read back, InputError where the file system
/// refuses.
void save_model(const Model& model, const std::filesystem::path& path, I2sLayout layout = I2sLayout::Blocks128);

}  // namespace ternsim::model
