#include "sim/sequencer.h"

namespace ternsim::sim {

Sequencer::Sequencer(const sc_core::sc_module_name& name, std::array<ProcessingUnit*, kUnits> units, Cycle issue_cycles)
    : sc_module(name), units_(units), issue_cycles_(issue_cycles) {
  SC_HAS_PROCESS(Sequencer);
  SC_THREAD(run);
}

void Sequencer::start(const std::vector<Command>& commands) {
  commands_ = &commands;
  accounting_ = {};
  start_ = now_cycle();
  started_.notify(sc_core::SC_ZERO_TIME);
}

void Sequencer::run() {
  for (;;) {
    wait(started_);
    for (std::size_t id = 0; id < commands_->size(); ++id) {
      ProcessingUnit& unit = *units_[static_cast<std::size_t>((*commands_)[id].unit)];
      const Cycle since = now_cycle();
      while (unit.full()) wait(unit.popped());
      accounting_.stalls[static_cast<std::size_t>(Stall::QueueFull)] += now_cycle() - since;
      wait(cycles_to_time(issue_cycles_));
      accounting_.busy += issue_cycles_;
      unit.push(static_cast<std::int32_t>(id));
    }
  }
}

void Sequencer::finish(Cycle end) { accounting_.idle += end - start_ - accounting_.total(); }

}  // namespace ternsim::sim
