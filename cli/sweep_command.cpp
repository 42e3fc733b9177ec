#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/options.h"
#include "cli/run_block.h"
#include "cli/sweep_output.h"
#include "model/shape_yaml.h"
#include "sim/reference_recorder.h"
#include "sweep/design.h"
#include "sweep/run_sweep.h"
#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::cli {

namespace {

sweep::LoadedModel load_model(const std::filesystem::path& path, std::span<const YamlOverride> overrides) {
  if (is_shape_file(path)) return {model::Graph::build(model::load_shape(path, overrides)), {}, {}};
  if (!overrides.empty())
    throw InputError(fmt::format("{}: model.{}: only a model given as a shape (YAML) has keys", overrides[0].origin,
                                 overrides[0].path));
  auto model = std::make_shared<const model::Model>(load_to_run(path));
  sweep::LoadedModel loaded{model::Graph::build(model->shape), {}, model};
  loaded.weights = sim::weight_table(loaded.graph, *model);
  return loaded;
}

}  // namespace

int run_sweep(const SweepOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::filesystem::path file = find_config("sweeps", options.file);
  const sweep::Sweep sweep = sweep::load_sweep(file);
  sweep::RunOptions run;
  run.processes = options.jobs > 0 ? options.jobs : static_cast<int>(std::thread::hardware_concurrency());
  if (!options.shard.empty()) run.shard = sweep::Shard::parse(options.shard);
  run.retry_failed = options.retry_failed;
  sweep::Designs designs({find_config, find_model, load_model, rtl_configs_path()}, sweep.origins);
  sweep::Store store =
      sweep::Store::open(options.store.empty() ? file.stem().string() + ".db" : options.store, TERNSIM_VERSION);
  const sweep::RunSummary summary = sweep::run_sweep(sweep, designs, store, run);
  print_sweep(sweep, store, summary, run_block(start), {options.html, options.rows, options.json});
  return kOk;
}

}  // namespace ternsim::cli
