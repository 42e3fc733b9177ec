// Speed of the Verilated RTL (Google Benchmark), the median of five repetitions each:
// ternsim_rtl_benches --benchmark_filter=engine/edge ...
#include <exception>
#include <iostream>

#include "benches/rtl_benches.h"

int main(int argc, char** argv) {
  try {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::AddCustomContext("verilated", "without assertions and traces");
    ternsim::benches::register_rtl_benches();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
  } catch (const std::exception& error) {
    std::cerr << "ternsim_rtl_benches: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
