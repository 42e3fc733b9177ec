#include "benches/limits.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace ternsim::benches {

std::vector<int> thread_counts() {
  const auto all = static_cast<int>(std::thread::hardware_concurrency());
  return all > 1 ? std::vector<int>{1, all} : std::vector<int>{1};
}

kernels::ThreadPool& pool_of(int threads) {
  static std::map<int, std::unique_ptr<kernels::ThreadPool>> pools;
  std::unique_ptr<kernels::ThreadPool>& pool = pools[threads];
  if (!pool) pool = std::make_unique<kernels::ThreadPool>(threads);
  return *pool;
}

const kernels::MachineLimits& limits_of(kernels::Isa isa, int threads) {
  static std::map<std::pair<kernels::Isa, int>, kernels::MachineLimits> measured;
  const auto key = std::pair(isa, threads);
  auto found = measured.find(key);
  if (found == measured.end()) {
    found = measured.emplace(key, kernels::measure_machine_limits(isa, pool_of(threads))).first;
  }
  return found->second;
}

void add_limits_to_context() {
  const kernels::Isa isa = kernels::best_isa();
  for (const int threads : thread_counts()) {
    const kernels::MachineLimits& limits = limits_of(isa, threads);
    for (const kernels::ReadLoop& loop : limits.read_loops) {
      benchmark::AddCustomContext(fmt::format("read, {} thread(s), {}", threads, loop.name),
                                  fmt::format("{:.1f} GB/s", loop.gb_per_s));
    }
    benchmark::AddCustomContext(fmt::format("int8, {} thread(s), {}", threads, limits.int8_instruction),
                                fmt::format("{:.0f} GMAC/s", limits.int8_gmac_s));
  }
}

}  // namespace ternsim::benches
