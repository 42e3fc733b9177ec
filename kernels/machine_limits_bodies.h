#pragma once

#include <cstdint>

#include "kernels/read_ahead.h"

namespace ternsim::kernels {

/// The loops that `measure_machine_limits` times, of one instruction set.
struct MachineLimitsBody {
  /// Reads all of the `bytes` (a multiple of 4096), in `streams` (1, 4 or 8) equal pieces side by side; where `ahead`
  /// has bytes, memory is asked for so early. The result depends on every byte.
  std::uint64_t (*read)(const std::uint8_t* from, std::int64_t bytes, int streams, ReadAhead ahead);
  /// `rounds` rounds of independent int8 products on registers; their sums go to `sink` (64 int32).
  void (*multiply)(std::int64_t rounds, std::int32_t* sink);
  std::int64_t macs_per_round;
  const char* instruction;
};

/// A set's product of tiles, where it has one beside its dot products.
struct TileLimitBody {
  /// `rounds` rounds of independent int8 products on tile registers.
  void (*multiply)(std::int64_t rounds);
  std::int64_t macs_per_round;
  const char* instruction;
};

extern const MachineLimitsBody kLimitsPlain;
extern const MachineLimitsBody kLimitsAvx2;
extern const MachineLimitsBody kLimitsAvx512;
extern const TileLimitBody kTileLimitAmx;

}  // namespace ternsim::kernels
