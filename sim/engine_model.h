#pragma once

#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "sim/program/matrix_geometry.h"
#include "sim/stream_schedule.h"

namespace ternsim::sim {

/// A command of the engine: a product of (rows x cols) weights with (tokens x cols) activations.
struct EngineCommand {
  std::int64_t rows = 0, cols = 0, tokens = 0;
};

/// Commands in their order. The first `queued` stand in the queue before the engine runs, in cycle 0; software starts
/// each other one in the first cycle in which the queue has room, kStartCycles after the one before at the earliest.
struct EngineProgram {
  /// Cycles from the write of one CMD_START, or of CONTROL.run, to the next CMD_START: four writes of two cycles each.
  static constexpr Cycle kStartCycles = 8;
  std::vector<EngineCommand> commands;
  std::size_t queued = 0;
};

/// Who is on the other side of the engine's streams; must outlive a run.
struct EngineSchedules {
  StreamSchedule& weights;
  StreamSchedule& activations;
  StreamSchedule& results;
};

/// Where the cycles of a run went, by the definitions of the engine's counter registers (docs/reference/rtl.md).
struct EngineCycles {
  std::int64_t elapsed = 0;  ///< up to and with the cycle in which the last result was taken
  std::int64_t busy = 0;     ///< a command is queued; the sum of the five below
  std::int64_t beats = 0;
  std::int64_t stall_output = 0;
  std::int64_t stall_weights = 0;
  std::int64_t stall_activations = 0;
  std::int64_t drain = 0;
  bool operator==(const EngineCycles&) const = default;
};

/// The timing of the engine that the contract of EngineGeometry describes: two loaders that fill double buffers, the
/// issue of beats, the matrix unit's pipeline, and the results that freeze it while they are not taken. Every latency
/// follows from the geometry; no values are computed.
///
/// Processes wait for events, not for every cycle. All of them look at the state in the second delta cycle of a clock
/// cycle or later, and change it in the first one of the next, as registers do at the clock's edge.
///
/// Elaborate once, then run any number of programs, one after the other.
class EngineModel : public sc_core::sc_module {
 public:
  EngineModel(const sc_core::sc_module_name& name, const EngineGeometry& geometry);
  const EngineGeometry& geometry() const { return geometry_; }

  /// Runs a program to its end. Throws RequestError on one that the engine would refuse, MismatchError when it does not
  /// end (a schedule that offers nothing for kHangCycles counts as such) or when a busy cycle has not exactly one
  /// reason; after that the model stands in the middle of a program and refuses others (std::logic_error).
  EngineCycles run(const EngineProgram& program, const EngineSchedules& schedules);

  static constexpr Cycle kHangCycles = 1'000'000;

 private:
  /// Two banks, one of which is filled while the other is read.
  struct Buffer {
    std::int64_t complete = 0;  ///< blocks that have arrived
    std::int64_t words = 0;     ///< of the block that is arriving
    std::int64_t released = 0;  ///< blocks that are not needed any more
    sc_core::sc_event arrived;
    sc_core::sc_event freed;

    bool has(std::int64_t block, std::int64_t word) const {
      return complete > block || (complete == block && words > word);
    }
    bool writable() const { return complete < released + 2; }
    void clear() { complete = words = released = 0; }
  };

  void check(const EngineProgram& program) const;
  std::int64_t blocks_of(const EngineCommand& command) const;
  std::int64_t tiles_of(const EngineCommand& command) const;

  // Processes.
  void host();
  void load_weights();
  void load_activations();
  void issue();
  void drain_results();

  // Of the processes.
  void issue_command(std::size_t k, std::int64_t& tile);
  void issue_beat(std::size_t k, std::int64_t tile, std::int64_t block, std::int64_t word);
  void take_word(Buffer& buffer, std::int64_t block_words);
  Cycle offer_of(StreamSchedule& schedule, std::int64_t transfer, Cycle from);
  void wait_until(Cycle cycle);
  void clock_edge();
  void observe();
  Cycle now() const { return now_cycle() - start_; }
  bool visible(std::size_t command) const { return pushed_ > command; }
  Cycle frozen_cycles() const;
  Cycle advances() const { return now() - frozen_cycles(); }
  bool frozen() const { return frozen_since_ >= 0; }

  EngineGeometry geometry_;
  const EngineProgram* program_ = nullptr;
  const EngineSchedules* schedules_ = nullptr;
  Cycle start_ = 0;
  sc_core::sc_event started_;

  // Queue.
  std::size_t pushed_ = 0, done_ = 0;  // commands
  sc_core::sc_event push_, finish_;
  Cycle busy_from_ = 0, idle_from_ = 0;

  Buffer weights_, activations_;

  // Matrix unit. Its pipeline moves on in every cycle that is not frozen, and its clock counts those.
  std::deque<Cycle> outputs_;  // pipeline time at which each result in flight is at the output
  sc_core::sc_event output_due_, thawed_;
  Cycle frozen_since_ = -1;   // -1: it moves
  Cycle frozen_before_ = 0;   // frozen cycles up to then
  Cycle operand_since_ = -1;  // pipeline time at which the operand register was filled

  EngineCycles cycles_;
  Cycle frozen_issues_ = 0;
  bool unfinished_ = false;  // a program was begun and did not come to its end
  sc_core::sc_event never_;
};

}  // namespace ternsim::sim
