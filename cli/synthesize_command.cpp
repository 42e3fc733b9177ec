#include <fmt/format.h>

#include "base/error.h"
#include "base/progress.h"
#include "cli/data_paths.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "model/shape_yaml.h"
#include "model/synthesize.h"

namespace ternsim::cli {

int run_synthesize(const SynthesizeOptions& options) {
  const auto path = find_config("models", options.shape);
  if (!is_shape_file(path))
    throw RequestError(fmt::format("{}: a shape (YAML file or name in configs/models/) expected", path.string()));
  const model::ModelShape shape = model::load_shape(path);
  const model::SynthesizeOptions wanted{options.seed, options.zeros, options.zero_rows, save_options(options.write)};
  model::check_types(shape, wanted.save, options.output);
  Progress progress("writing", model::synthetic_bytes(shape, wanted));
  const model::SaveReport report =
      model::synthesize(shape, options.output, wanted, [&](std::uint64_t bytes) { progress.advance(bytes); });
  print_all(describe_written(options.output, options.write, report));
  return kOk;
}

}  // namespace ternsim::cli
