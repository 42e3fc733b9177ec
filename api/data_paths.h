#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ternsim::api {

/// Names the directory that is taken where neither the environment nor the program's own place gives one, and for
/// people where it comes from. The latest call counts; what is no directory with data then is an error of data_dir().
void use_data(std::filesystem::path path, std::string origin);

struct DataDirectory {
  std::filesystem::path path;
  std::string origin;  ///< for people: "TERNSIM_DATA_DIR", "beside the program"
};
/// Where configs/, assets/, rtl/configs.yaml and reports/synthesis/synthesis.json are: $TERNSIM_DATA_DIR, else
/// ../share/ternsim as seen from the running program's directory, else what use_data() named. It may be missing, with
/// all that should be in it.
DataDirectory choose_data();

/// The path of choose_data(). Throws InputError when there are no data.
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

/// " (did you mean 'chat'?)", or nothing where no name is near.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& names);

}  // namespace ternsim::api
