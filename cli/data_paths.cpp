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
                    "assets/, rtl/configs.yaml and reports/synthesis/synthesis.json",
                    dir.string()));
  return dir;
}

fs::path rtl_configs_path() { return data_dir() / "rtl" / "configs.yaml"; }
fs::path synthesis_path() { return data_dir() / "reports" / "synthesis" / "synthesis.json"; }
fs::path embedded_model_path() { return data_dir() / "assets" / "tinyllm-b158.gguf"; }
fs::path embedded_text_path() { return data_dir() / "assets" / "heldout_slice.txt"; }

std::vector<std::string> config_names(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(data_dir() / "configs" / kind, ec))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

namespace {

std::string guess(const std::string& name, const std::vector<std::string>& names) {
  const std::string near = nearest_name(name, names);
  return near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near);
}

}  // namespace

fs::path find_config(const std::string& kind, const std::string& name) {
  std::error_code ec;
  // A bare name may also be that of a folder here, a report's for instance: only a file counts.
  if (name.find('/') != std::string::npos || fs::is_regular_file(name, ec)) return name;
  const fs::path dir = data_dir() / "configs" / kind;
  const fs::path file = dir / (name + ".yaml");
  if (fs::exists(file, ec)) return file;
  std::vector<std::string> names = config_names(kind);
  if (kind == "models") names.insert(names.begin(), "embedded");
  throw InputError(fmt::format("{}: no such file, and no name in configs/{}{}; there are: {}", name, kind,
                               guess(name, names), fmt::join(names, ", ")));
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
  std::error_code ec;
  if (name != "embedded" && name.find('/') == std::string::npos && !fs::exists(name, ec)) {
    // Names of shapes are no help to who needs weights.
    const std::vector<std::string> shapes = config_names("models");
    if (std::ranges::find(shapes, name) == shapes.end())
      throw InputError(fmt::format(
          "{}: no such file{}; a model with weights is 'embedded', a GGUF or .safetensors file, or a checkpoint's "
          "directory",
          name, guess(name, {"embedded"})));
  }
  fs::path path = find_model(name);
  if (is_shape_file(path))
    throw RequestError(
        fmt::format("{}: a shape has no weights; 'ternsim synthesize {} FILE.gguf' writes a file of that "
                    "shape with random ones",
                    path.string(), name));
  return path;
}

}  // namespace ternsim::cli
