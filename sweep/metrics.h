#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/statistic.h"

namespace ternsim::sweep {

/// A figure of a design, as `ternsim simulate` prints it under the same name.
struct Metric {
  std::string_view name;
  std::string_view description;
  Quantity quantity;
  bool more_is_better;
};

/// "phase": decode where the workload has decode passes, else prefill.
inline constexpr std::array<Metric, 8> kMetrics{{
    {"tokens_per_second", "Tokens / simulated time of the phase.", Quantity::TokensPerSecond, true},
    {"joules_per_token_low", "Energy per token of the phase, every constant at its low end.", Quantity::JoulesPerToken,
     false},
    {"joules_per_token_mid", "Energy per token of the phase, every constant at its middle.", Quantity::JoulesPerToken,
     false},
    {"joules_per_token_high", "Energy per token of the phase, every constant at its high end.",
     Quantity::JoulesPerToken, false},
    {"area_m2", "Operators, SRAM and ROM on the die: a lower bound.", Quantity::SquareMetres, false},
    {"average_watts", "Power of the phase, DRAM included, constants at mid.", Quantity::Watts, false},
    {"cycles", "Clock cycles of the phase.", Quantity::Cycles, false},
    {"time_to_first_token", "Of the prompt; absent where the workload has none.", Quantity::Seconds, false},
}};
inline constexpr std::size_t kMetricCount = kMetrics.size();

/// Index in kMetrics, or nothing.
std::optional<std::size_t> find_metric(std::string_view name);

/// One design's figures in the order of kMetrics; one that does not apply is absent.
using Metrics = std::array<std::optional<double>, kMetricCount>;

}  // namespace ternsim::sweep
