#pragma once

#include <cstdint>

#include "model/graph.h"
#include "sim/program/program.h"
#include "sim/scoreboard.h"
#include "sim/unit_accounting.h"

namespace ternsim::sim {

/// One command on its unit. In the cycles of the simulated clock, counted from the start of the process:
///
///     reached          start                       end          done
///        | stalls for `waiting` | stalls `own` + busy |  latency  |
///
/// `reached` is when the unit had nothing before it and the command was issued. Of one unit, [reached, end) of two
/// commands never overlap; together with idle cycles between them they make up the run.
struct CommandSpan {
  std::int32_t id = 0;  ///< in its Program
  const Command* command = nullptr;
  Cycle reached = 0;
  Cycle start = 0;      ///< everything that it waits for is there
  Cycle busy_from = 0;  ///< behind the unit's own stalls, which come before the busy cycles
  Cycle end = 0;        ///< the unit is free again
  Cycle done = 0;       ///< its result is there
  Stall waiting{};      ///< cause of [reached, start), where that is not empty
  StallCycles own{};    ///< by cause; add up to busy_from - start
};

/// One command on its way through the sequencer.
struct IssueSpan {
  std::int32_t id = 0;
  const Command* command = nullptr;
  Cycle reached = 0;  ///< the command before it has been issued
  Cycle start = 0;    ///< its unit's queue has room
  Cycle end = 0;      ///< it is in the queue
};

/// Hears of everything that happens in a simulation, each span when it has ended. Contract: an observer changes
/// nothing; spans of one unit come in order of time.
class Timeline {
 public:
  virtual ~Timeline() = default;
  /// `start`: the cycle that the pass begins in.
  virtual void begin_pass(const model::Pass& pass, Cycle start) = 0;
  virtual void end_pass(Cycle end) = 0;
  virtual void on_command(const CommandSpan& span) = 0;
  virtual void on_issue(const IssueSpan& span) = 0;
};

}  // namespace ternsim::sim
