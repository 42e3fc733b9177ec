#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "benches/benches.h"
#include "benches/limits.h"
#include "benches/matrices.h"

namespace ternsim::benches {

namespace {

using kernels::Isa;
using kernels::Packing;

constexpr Packing kPackings[] = {Packing::TwoBit, Packing::TwoBitColumns, Packing::Base3, Packing::PairLookup,
                                 Packing::TripleLookup};

struct Product {
  Packing packing;
  Isa isa;
  Shape shape;
  std::int64_t tokens;
  std::uint64_t zeros;  ///< percent of the activations
  int threads;
  bool cold;
};

void run_product(benchmark::State& state, const Product& product) {
  Matrices& matrices = matrices_of(product.packing, product.shape, product.cold);
  kernels::ThreadPool& pool = pool_of(product.threads);
  const kernels::MachineLimits& limits = limits_of(product.isa, product.threads);
  const std::vector<std::int8_t> activations = random_activations(product.tokens * product.shape.cols, product.zeros);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(product.tokens * product.shape.rows));
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    matrices.multiply(activations, product.tokens, sums, product.isa, pool);
    benchmark::DoNotOptimize(sums.data());
    benchmark::ClobberMemory();
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  // Fractions of a limit are no rates, so they are worked out here.
  const double calls_per_s = static_cast<double>(state.iterations()) / elapsed.count();
  const auto macs = static_cast<double>(product.shape.rows * product.shape.cols * product.tokens);
  using benchmark::Counter;
  state.counters["mac_per_second"] = Counter(macs, Counter::kIsIterationInvariantRate);
  if (product.tokens > 1) {
    state.counters["of_int8_peak"] = macs * calls_per_s / (limits.int8_gmac_s * 1e9);
    return;
  }
  const auto bytes = static_cast<double>(matrices.bytes_read(activations));
  state.counters["bytes_per_second"] = Counter(bytes, Counter::kIsIterationInvariantRate, Counter::kIs1000);
  state.counters["of_read"] = bytes * calls_per_s / (limits.best_read().gb_per_s * 1e9);
}

void add(const Product& product) {
  const std::string shape = fmt::format("{}x{}", product.shape.rows, product.shape.cols);
  const std::string_view packing = name_of(product.packing);
  const std::string_view isa = name_of(product.isa);
  const std::string name = product.tokens == 1
                               ? fmt::format("gemv/{}/{}/{}/zeros:{}/threads:{}/{}", packing, isa, shape, product.zeros,
                                             product.threads, product.cold ? "cold" : "warm")
                               : fmt::format("gemm/{}/{}/{}/tokens:{}/threads:{}/warm", packing, isa, shape,
                                             product.tokens, product.threads);
  benchmark::RegisterBenchmark(name.c_str(), [product](benchmark::State& state) { run_product(state, product); })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

void register_product_benches() {
  const std::vector<Isa> isas = kernels::available_isas();
  // Those on the same matrices follow one another.
  for (const Packing packing : kPackings) {
    for (const Shape shape : kShapes) {
      const bool behind_squared_relu = shape.cols > shape.rows;  // down: most inputs are zero
      for (const bool cold : {true, false}) {
        for (const std::uint64_t zeros : {0, 60, 80}) {
          if (zeros > 0 && !behind_squared_relu) continue;
          for (const Isa isa : isas) {
            for (const int threads : thread_counts()) {
              add({packing, isa, shape, 1, zeros, threads, cold});
            }
          }
        }
      }
      for (const std::int64_t tokens : {4, 128}) {
        for (const Isa isa : isas) {
          for (const int threads : thread_counts()) add({packing, isa, shape, tokens, 0, threads, false});
        }
      }
    }
  }
}

}  // namespace ternsim::benches
