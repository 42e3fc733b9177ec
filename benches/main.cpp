// The kernels' benchmark suite (Google Benchmark): ternsim_benches --benchmark_filter=gemv/base3 ...
#include <benchmark/benchmark.h>

#include <exception>
#include <iostream>

#include "benches/benches.h"
#include "benches/limits.h"

int main(int argc, char** argv) {
  try {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    ternsim::benches::register_product_benches();
    ternsim::benches::register_float_benches();
    ternsim::benches::add_limits_to_context();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
  } catch (const std::exception& error) {
    std::cerr << "ternsim_benches: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
