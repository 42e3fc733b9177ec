#include "sim/sequencer.h"

#include <fmt/format.h>

#include "base/error.h"

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
    for (std::size_t i = 0; i < commands_->size(); ++i) {
      const Command& command = (*commands_)[i];
      ProcessingUnit& unit = *units_[static_cast<std::size_t>(command.unit)];
      IssueSpan span{.id = static_cast<std::int32_t>(i), .command = &command, .reached = now_cycle()};
      while (unit.full()) wait(unit.popped());
      span.start = now_cycle();
      wait(cycles_to_time(issue_cycles_));
      span.end = now_cycle();
      accounting_.stalls[static_cast<std::size_t>(Stall::QueueFull)] += span.start - span.reached;
      accounting_.busy += issue_cycles_;
      unit.push(span.id);
      if (timeline_ != nullptr) timeline_->on_issue(span);
      constexpr std::size_t kStep = 64;  // commands; asking the clock for each would cost as much as simulating it
      if (progress_ && i % kStep == 0) progress_(static_cast<double>(i) / static_cast<double>(commands_->size()));
    }
  }
}

void Sequencer::finish(Cycle end) {
  const Cycle idle = end - start_ - accounting_.total();
  if (idle < 0)
    throw MismatchError(
        fmt::format("{}: {} cycles accounted for, {} passed", name(), accounting_.total(), end - start_));
  accounting_.idle += idle;
}

}  // namespace ternsim::sim
