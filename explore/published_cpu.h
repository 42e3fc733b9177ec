#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/statistic.h"

namespace ternsim::explore {

/// A measured rate of a language model on a CPU, with what bounds it.
struct CpuMeasurement {
  std::string processor;
  std::string runtime;
  std::string model;                       ///< a shape's name
  double tokens_per_second = 0;            ///< as published
  std::optional<double> joules_per_token;  ///< as published, where it is
  double bytes_per_token = 0;              ///< ternary weights of a token at the runtime's bits
  double bytes_per_second = 0;             ///< of the processor's memory
  Tier bandwidth_tier = Tier::Assumed;

  /// Tokens/s that the memory allows if nothing but the ternary weights is read.
  double roofline() const { return bytes_per_second / bytes_per_token; }
  double share_of_roofline() const { return tokens_per_second / roofline(); }
};

/// What a processor's memory bandwidth is taken from.
struct CpuMemory {
  std::string processor;
  double bytes_per_second = 0;
  Tier tier = Tier::Assumed;
  std::string source;
};

/// `configs/published/cpu_bitnet_cpp.yaml`.
struct CpuTable {
  std::string name;
  std::string title;
  std::string source;
  std::string contains;
  std::vector<CpuMemory> processors;
  std::vector<CpuMeasurement> measurements;
};

/// Shapes are read from `models`. Throws InputError on anything missing, unknown or out of range, on a processor or
/// runtime that is not listed and on a measurement that stands twice.
CpuTable load_cpu_table(const std::filesystem::path& path, const std::filesystem::path& models);

/// Node of the table's name. Its verdicts say "trend": nothing here is simulated, and nothing agrees or disagrees.
/// Tabular children: "measurements", beside the roofline; "speed_ups", a runtime's rate over that of the first runtime
/// on the same processor and model, beside the ratio of their bytes.
StatisticNode cpu_node(const CpuTable& table);

}  // namespace ternsim::explore
