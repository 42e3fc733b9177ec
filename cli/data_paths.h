#pragma once

#include <filesystem>
#include <string>

#include "api/data_paths.h"

namespace ternsim::cli {

// What the library finds, the command finds in the same way.
using api::config_names;
using api::data_dir;
using api::embedded_model_path;
using api::embedded_text_path;
using api::find_config;
using api::find_model;
using api::is_shape_file;
using api::rtl_configs_path;
using api::synthesis_path;

/// find_model() for commands that need weights. Throws RequestError on a shape.
std::filesystem::path find_weights(const std::string& name);

}  // namespace ternsim::cli
