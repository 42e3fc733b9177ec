#include "sweep/run_sweep.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <set>

#include "base/error.h"
#include "base/progress.h"
#include "sweep/evaluator.h"
#include "sweep/genetic_search.h"

namespace ternsim::sweep {

namespace {

double cpu_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  }
  return seconds;
}

void run_plan(const Sweep& sweep, Evaluator& evaluator, const std::optional<Shard>& shard, RunSummary& summary) {
  const Plan plan(sweep);
  const auto ours = [&](const std::string& canonical) { return !shard || shard->holds(canonical); };
  std::uint64_t wanted = 0;
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    const std::string canonical = canonical_text(plan.at(i));
    if (!ours(canonical)) continue;
    ++summary.planned;
    if (evaluator.wants(canonical)) ++wanted;
  }
  Progress progress(sweep.name, wanted);
  std::uint64_t i = 0;
  evaluator.run(
      [&]() -> std::optional<Settings> {
        while (i < plan.size()) {
          Settings settings = plan.at(i++);
          if (ours(canonical_text(settings))) return settings;
        }
        return std::nullopt;
      },
      [&] { progress.advance(); });
}

void run_search(const Sweep& sweep, Evaluator& evaluator, const Store& store, RunSummary& summary) {
  std::set<std::string> seen;
  Progress progress(sweep.name, sweep.population * (sweep.generations + 1));
  genetic_search(
      sweep,
      [&](const std::vector<Settings>& designs) {
        std::size_t i = 0;
        std::uint64_t advanced = 0;
        evaluator.run(
            [&]() -> std::optional<Settings> {
              if (i == designs.size()) return std::nullopt;
              return designs[i++];
            },
            [&] {
              progress.advance();
              ++advanced;
            });
        progress.advance(designs.size() - advanced);  // those known before
        for (const Settings& design : designs) seen.insert(canonical_text(design));
      },
      [&](const Settings& design) -> const Point& { return *store.find(canonical_text(design)); });
  summary.planned = seen.size();
}

}  // namespace

RunSummary run_sweep(const Sweep& sweep, Designs& designs, Store& store, const RunOptions& options) {
  if (options.shard && sweep.method == Method::Nsga2)
    throw RequestError(
        fmt::format("{}: a search breeds from all of its designs and cannot be cut into shards; choose "
                    "grid or random",
                    sweep.origin));
  const auto start = std::chrono::steady_clock::now();
  const double cpu_before = cpu_seconds();
  check_designs(sweep, designs);
  store.claim_inputs(designs.input_digests(sweep));
  store.add_sweep(sweep.origin, sweep.yaml);
  Evaluator evaluator(designs, store, {options.processes, sweep.timeout_seconds, options.retry_failed});
  RunSummary summary;
  summary.processes = options.processes;
  if (sweep.method == Method::Nsga2)
    run_search(sweep, evaluator, store, summary);
  else
    run_plan(sweep, evaluator, options.shard, summary);
  summary.computed = evaluator.computed();
  summary.failed = evaluator.failed();
  summary.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  summary.cpu_seconds = cpu_seconds() - cpu_before;
  return summary;
}

}  // namespace ternsim::sweep
