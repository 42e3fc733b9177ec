#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/engine_model.h"
#include "sim/memory_schedule.h"

namespace ternsim::cosim {

/// How one stream behaves; a schedule made from it is always the same.
struct ScheduleSpec {
  enum class Kind { Eager, Random, Periodic };
  Kind kind = Kind::Eager;
  std::uint64_t seed = 0;                    ///< Random
  double share = 1;                          ///< Random: of willing cycles
  sim::Cycle period = 1, on = 1, phase = 0;  ///< Periodic

  std::unique_ptr<sim::StreamSchedule> make() const;
  /// "eager", "random 0.25" or "5 of 7".
  std::string text() const;
};

/// A program for the engine with the behaviour of its streams.
struct EngineCase {
  sim::EngineProgram program;
  ScheduleSpec weights, activations, results;
  /// Where the weights come from instead; its `dram.model` is set by who runs the case. With banks, results are taken
  /// at once, and the last one that needs a bank's weights frees it.
  std::optional<sim::MemoryStream> memory;
  std::uint64_t seed = 0;  ///< of the operands

  /// "3x40x2 8x8x1 | 1 queued": rows x columns x tokens of each command.
  std::string text() const;
  /// Of each descriptor of the memory: results that its weights are needed for.
  std::vector<std::int64_t> results_of_descriptors(const sim::EngineGeometry& geometry) const;
};

/// Up to twice as many commands as the queue holds, of a few tiles each; streams that are always willing.
EngineCase random_program(const sim::EngineGeometry& geometry, Random& random);
/// The same, with at least one stream that is not always willing.
EngineCase random_stalled_program(const sim::EngineGeometry& geometry, Random& random);
/// One to three commands, of one or two tokens, whose weights come from `dram`: some six thousand cycles of its bus,
/// or of the engine where that is slower, in descriptors of whole row tiles that take 500 of these cycles or one tile.
/// `banks`: as sim::MemoryStream.
EngineCase random_memory_program(const sim::EngineGeometry& geometry, const sim::DramConfig& dram, int banks,
                                 Random& random);

}  // namespace ternsim::cosim
