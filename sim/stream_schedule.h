#pragma once

#include <cstdint>

#include "sim/scoreboard.h"

namespace ternsim::sim {

/// When the far side of one of the engine's streams is willing. Cycles count from the first in which the engine runs.
///
/// *Contract:* `next` is asked about the transfers in their order and answers with a cycle not before `from`.
///  - Of a stream into the engine: `from` is the cycle after the transfer before was taken, or 0. The transfer is
///    offered from the answer on, until it is taken.
///    The answer kNotYet means: ask again in the next cycle, with that cycle.
///  - Of the results: `from` is the cycle in which the result is first offered. It is taken in the cycle that is the
///    answer.
class StreamSchedule {
 public:
  static constexpr Cycle kNotYet = -1;
  virtual ~StreamSchedule() = default;
  StreamSchedule() = default;
  StreamSchedule(const StreamSchedule&) = delete;
  StreamSchedule& operator=(const StreamSchedule&) = delete;
  virtual Cycle next(std::int64_t transfer, Cycle from) = 0;
};

/// Willing in every cycle.
class EagerSchedule final : public StreamSchedule {
 public:
  Cycle next(std::int64_t, Cycle from) override { return from; }
};

/// Willing in a share of the cycles, chosen by a hash of seed and cycle.
class RandomSchedule final : public StreamSchedule {
 public:
  /// `share` above 0.
  RandomSchedule(std::uint64_t seed, double share);
  Cycle next(std::int64_t transfer, Cycle from) override;

 private:
  bool willing(Cycle cycle) const;
  std::uint64_t seed_;
  double share_;
};

/// Willing in the first `on` of every `period` cycles, `phase` cycles after cycle 0 and before.
class PeriodicSchedule final : public StreamSchedule {
 public:
  /// 0 < on <= period; 0 <= phase < period.
  PeriodicSchedule(Cycle period, Cycle on, Cycle phase);
  Cycle next(std::int64_t transfer, Cycle from) override;

 private:
  Cycle period_, on_, phase_;
};

}  // namespace ternsim::sim
