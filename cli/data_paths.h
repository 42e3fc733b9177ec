#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ternsim::cli {

/// Where configs/, assets/, rtl/configs.yaml and reports/synthesis/synthesis.json are: $TERNSIM_DATA_DIR, else the
/// source tree that this was built from. Throws InputError when there is none.
std::filesystem::path data_dir();
std::filesystem::path rtl_configs_path();
/// The synthesis flow's report.
std::filesystem::path synthesis_path();
std::filesystem::path embedded_model_path();
std::filesystem::path embedded_text_path();

/// A file given by path, or by the bare name of one in configs/<kind>/ ("edge-lpddr5x" for
/// configs/accelerators/edge-lpddr5x.yaml). Throws InputError that lists the names there are, and the nearest.
std::filesystem::path find_config(const std::string& kind, const std::string& name);
/// Every bare name of configs/<kind>/, in alphabetical order.
std::vector<std::string> config_names(const std::string& kind);
/// "embedded", the path of a GGUF or .safetensors file, of a checkpoint's directory or of a shape YAML, or the bare
/// name of a shape in configs/models/. A directory of such a name is meant only where it holds a config.json.
std::filesystem::path find_model(const std::string& name);
bool is_shape_file(const std::filesystem::path& path);
/// The same for commands that need weights. Throws RequestError on a shape.
std::filesystem::path find_weights(const std::string& name);

}  // namespace ternsim::cli
