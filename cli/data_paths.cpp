#include "cli/data_paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim::cli {

namespace fs = std::filesystem;

fs::path data_dir() {
  const char* given = std::getenv("TERNSIM_DATA_DIR");
  const fs::path dir = given != nullptr ? given : TERNSIM_SOURCE_DIR;
  std::error_code ec;
  if (!fs::is_directory(dir / "configs", ec))
    throw InputError(
        fmt::format("{}: no configs/ there; set TERNSIM_DATA_DIR to a directory that holds configs/, "
                    "assets/ and rtl/configs.yaml",
                    dir.string()));
  return dir;
}

fs::path rtl_configs_path() { return data_dir() / "rtl" / "configs.yaml"; }
fs::path embedded_model_path() { return data_dir() / "assets" / "tinyllm-b158.gguf"; }
fs::path embedded_text_path() { return data_dir() / "assets" / "heldout_slice.txt"; }

fs::path find_config(const std::string& kind, const std::string& name) {
  std::error_code ec;
  // A bare name may also be that of a folder here, a report's for instance: only a file counts.
  if (name.find('/') != std::string::npos || fs::is_regular_file(name, ec)) return name;
  const fs::path dir = data_dir() / "configs" / kind;
  const fs::path file = dir / (name + ".yaml");
  if (fs::exists(file, ec)) return file;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir, ec))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  const std::string near = nearest_name(name, names);
  throw InputError(fmt::format("{}: no such file, and no name in configs/{}{}; there are: {}", name, kind,
                               near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), fmt::join(names, ", ")));
}

fs::path find_model(const std::string& name) {
  if (name == "embedded") return embedded_model_path();
  if (name.ends_with(".gguf") || name.ends_with(".safetensors")) return name;
  std::error_code ec;
  const bool directory = fs::is_directory(name, ec);
  if (directory && fs::exists(fs::path(name) / "config.json", ec)) return name;
  // One without is taken where the name means nothing else, so that the reader says what it misses.
  if (directory && !fs::exists(data_dir() / "configs" / "models" / (name + ".yaml"), ec)) return name;
  return find_config("models", name);
}

bool is_shape_file(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

fs::path find_weights(const std::string& name) {
  fs::path path = find_model(name);
  if (is_shape_file(path))
    throw RequestError(
        fmt::format("{}: a shape has no weights; 'ternsim synthesize' writes a file of that shape", path.string()));
  return path;
}

}  // namespace ternsim::cli
