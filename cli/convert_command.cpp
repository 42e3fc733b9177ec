#include <fmt/format.h>

#include <filesystem>

#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "model/model_loader.h"

namespace ternsim::cli {

int run_convert(const ConvertOptions& options) {
  const std::filesystem::path path = find_weights(options.input);
  const model::SaveOptions save = save_options(options.write);
  const model::LoadOptions how = load_options(options.read, path, "--input-i2s-layout");
  const model::Model model = model::load_model(path, how);
  const model::SaveReport report = model::save_model(model, options.output, save);
  print_all(describe_written(options.output, options.write, report) +
            fmt::format("feed-forward activation: {}\n", describe_activation(path, how)));
  return kOk;
}

}  // namespace ternsim::cli
