#include "cli/data_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace ternsim::cli {

std::filesystem::path find_weights(const std::string& name) {
  std::error_code ec;
  if (name != "embedded" && name.find('/') == std::string::npos && !std::filesystem::exists(name, ec)) {
    // Names of shapes are no help to who needs weights.
    const std::vector<std::string> shapes = config_names("models");
    if (std::ranges::find(shapes, name) == shapes.end())
      throw InputError(fmt::format(
          "{}: no such file{}; a model with weights is 'embedded', a GGUF or .safetensors file, or a checkpoint's "
          "directory",
          name, api::did_you_mean(name, {"embedded"})));
  }
  std::filesystem::path path = find_model(name);
  if (is_shape_file(path))
    throw RequestError(
        fmt::format("{}: a shape has no weights; 'ternsim synthesize {} FILE.gguf' writes a file of that "
                    "shape with random ones",
                    path.string(), name));
  return path;
}

}  // namespace ternsim::cli
