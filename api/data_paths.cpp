#include "api/data_paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim::api {

namespace fs = std::filesystem;

namespace {

DataDirectory& named() {
  static DataDirectory directory;
  return directory;
}

/// The share/ternsim of the prefix that the running program is installed in, where there is one.
fs::path beside_program() {
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return {};
  fs::path path = (program.parent_path() / TERNSIM_DATA_FROM_PROGRAM).lexically_normal();
  return fs::is_directory(path / "configs", ec) ? path : fs::path();
}

}  // namespace

void use_data(fs::path path, std::string origin) { named() = {std::move(path), std::move(origin)}; }

DataDirectory choose_data() {
  if (const char* given = std::getenv("TERNSIM_DATA_DIR"); given != nullptr && *given != '\0')
    return {given, "TERNSIM_DATA_DIR"};
  if (fs::path path = beside_program(); !path.empty()) return {std::move(path), "beside the program"};
  return named();
}

fs::path data_dir() {
  const fs::path dir = choose_data().path;
  std::error_code ec;
  if (!fs::is_directory(dir / "configs", ec))
    throw InputError(
        fmt::format("{}: no configs/ there; set TERNSIM_DATA_DIR to a directory that holds configs/, "
                    "assets/, rtl/configs.yaml and reports/synthesis/synthesis.json",
                    dir.empty() ? "no directory with data is known" : dir.string()));
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

std::string did_you_mean(const std::string& name, const std::vector<std::string>& names) {
  const std::string near = nearest_name(name, names);
  return near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near);
}

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
                               did_you_mean(name, names), fmt::join(names, ", ")));
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

}  // namespace ternsim::api
