#include "sim/stream_schedule.h"

#include <fmt/format.h>

#include "base/error.h"

namespace ternsim::sim {

RandomSchedule::RandomSchedule(std::uint64_t seed, double share) : seed_(seed), share_(share) {
  if (!(share > 0 && share <= 1))
    throw RequestError(fmt::format("a random schedule's share {}: must be above 0 and at most 1", share));
}

/// The finaliser of splitmix64 (see base/random.h), so that a cycle can be asked for without those before it.
bool RandomSchedule::willing(Cycle cycle) const {
  std::uint64_t z = seed_ + (static_cast<std::uint64_t>(cycle) + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53 < share_;
}

Cycle RandomSchedule::next(std::int64_t, Cycle from) {
  while (!willing(from)) ++from;
  return from;
}

PeriodicSchedule::PeriodicSchedule(Cycle period, Cycle on, Cycle phase) : period_(period), on_(on), phase_(phase) {
  if (on < 1 || on > period || phase < 0 || phase >= period)
    throw RequestError(
        fmt::format("a periodic schedule of {} in {} cycles, phase {}: needs 0 < cycles <= period and 0 <= phase < "
                    "period",
                    on, period, phase));
}

Cycle PeriodicSchedule::next(std::int64_t, Cycle from) {
  const Cycle at = (from + period_ - phase_) % period_;
  return at < on_ ? from : from + period_ - at;
}

}  // namespace ternsim::sim
