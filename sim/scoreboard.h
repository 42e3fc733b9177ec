#pragma once

#include <cstdint>
#include <map>
#include <systemc>
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
  /// Notified on each completion.
  const sc_core::sc_event& changed() const { return changed_; }
  bool all_done() const { return remaining_ == 0; }

 private:
  void announce();
  std::vector<Cycle> finished_at_;
  std::multimap<Cycle, std::int32_t> pending_;
  std::size_t remaining_ = 0;
  sc_core::sc_event_queue wake_;
  sc_core::sc_event changed_;
};

}  // namespace ternsim::sim
