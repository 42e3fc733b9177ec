#include "sim/unit_accounting.h"

#include <numeric>

namespace ternsim::sim {

std::string_view name_of(Stall cause) {
  static constexpr std::array<std::string_view, kStalls> names{"weights", "kv",           "embedding", "operand",
                                                               "buffer",  "dram_latency", "queue_full"};
  return names.at(static_cast<std::size_t>(cause));
}

std::int64_t UnitAccounting::total() const { return std::accumulate(stalls.begin(), stalls.end(), busy + idle); }

UnitAccounting& UnitAccounting::operator+=(const UnitAccounting& other) {
  busy += other.busy;
  idle += other.idle;
  for (std::size_t i = 0; i < kStalls; ++i) stalls[i] += other.stalls[i];
  return *this;
}

}  // namespace ternsim::sim
