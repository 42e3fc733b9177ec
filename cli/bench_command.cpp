#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/progress.h"
#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "model/bench.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"

namespace ternsim::cli {

namespace {

kernels::Packing packing_of(const std::string& name) {
  using enum kernels::Packing;
  for (const kernels::Packing packing : {TwoBit, TwoBitColumns, Base3, PairLookup, TripleLookup}) {
    if (kernels::name_of(packing) == name) return packing;
  }
  throw RequestError(fmt::format("unknown packing '{}'; there are: two-bit, columns, base3, pair, triple", name));
}

}  // namespace

int run_bench(const BenchCommandOptions& options) {
  const auto path = find_weights(options.model);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  kernels::ThreadPool pool(options.threads == 0 ? cores : options.threads);
  model::LoadOptions load = load_options(options.read, path);
  load.packing = packing_of(options.packing);
  load.columns_for_down = options.columns_for_down;
  load.threads = pool.threads();

  const auto start = std::chrono::steady_clock::now();
  model::Model model = load_to_run(path, load, &pool);
  const model::BenchLoad loaded{std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                                model::read_process_memory()};

  const model::BenchOptions bench{.prefill = options.prefill,
                                  .decode = options.decode,
                                  .context = options.context < 0 ? options.prefill : options.context,
                                  .repeats = options.repeats,
                                  .limit_bytes = static_cast<std::size_t>(options.limit_memory) << 20};
  model::BenchResult result;
  {
    Progress progress("bench", model::bench_parts(bench));
    result = model::run_bench(model, pool, {.kv = model::parse_kv_precision(options.kv)}, bench,
                              [&] { progress.advance(); });
  }
  const StatisticNode node = model::bench_report(model, pool, bench, loaded, result);
  print_all(options.json ? reports::json_report(node) : reports::text_report(node));
  return kOk;
}

}  // namespace ternsim::cli
