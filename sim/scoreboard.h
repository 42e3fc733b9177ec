#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <systemc>
#include <utility>
#include <vector>

#include "sim/program/program.h"

namespace ternsim::sim {

using Cycle = std::int64_t;

/// The accelerator's clock as a counter: one tick of SystemC's time resolution stands for one clock cycle, so that
/// simulated time is an exact integer of cycles at any clock frequency.
inline sc_core::sc_time cycles_to_time(Cycle cycles) {
  return sc_core::sc_time::from_value(static_cast<sc_core::sc_time::value_type>(cycles));
}
inline Cycle now_cycle() { return static_cast<Cycle>(sc_core::sc_time_stamp().value()); }

/// Which commands are done, and since when. Units announce completions with a delay (their pipeline's depth) and go on
/// with their next command in the meantime.
class Scoreboard : public sc_core::sc_module {
 public:
  explicit Scoreboard(const sc_core::sc_module_name& name);
  /// Forgets the last program and expects `commands` completions.
  void reset(std::size_t commands);
  /// Marks `command` done `delay` cycles from now.
  void complete_after(std::int32_t command, Cycle delay);
  bool done(std::int32_t command) const { return finished_at_[static_cast<std::size_t>(command)] >= 0; }
  /// When a command that is done was done.
  Cycle done_at(std::int32_t command) const { return finished_at_[static_cast<std::size_t>(command)]; }
  /// Notifies `event` once when a command that is not done yet is done.
  void notify_when_done(std::int32_t command, sc_core::sc_event& event) { waiters_.push_back({command, &event}); }
  bool all_done() const { return remaining_ == 0; }

 private:
  void announce();
  using Completion = std::pair<Cycle, std::int32_t>;
  struct Waiter {
    std::int32_t command;
    sc_core::sc_event* event;
  };
  std::vector<Cycle> finished_at_;
  std::priority_queue<Completion, std::vector<Completion>, std::greater<>> pending_;  // the earliest on top
  std::size_t remaining_ = 0;
  sc_core::sc_event wake_;       // at the earliest completion that is pending
  std::vector<Waiter> waiters_;  // at most one a unit
};

}  // namespace ternsim::sim
