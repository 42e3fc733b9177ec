#include "sim/scoreboard.h"

namespace ternsim::sim {

Scoreboard::Scoreboard(const sc_core::sc_module_name& name) : sc_module(name) {
  SC_HAS_PROCESS(Scoreboard);
  SC_METHOD(announce);
  sensitive << wake_;
  dont_initialize();
}

void Scoreboard::reset(std::size_t commands) {
  finished_at_.assign(commands, -1);
  pending_ = {};
  waiters_.clear();
  remaining_ = commands;
}

void Scoreboard::complete_after(std::int32_t command, Cycle delay) {
  pending_.emplace(now_cycle() + delay, command);
  // Of two notifications of an event that are pending the earlier one stays.
  wake_.notify(cycles_to_time(delay));
}

void Scoreboard::announce() {
  const Cycle now = now_cycle();
  for (; !pending_.empty() && pending_.top().first <= now; pending_.pop()) {
    finished_at_[static_cast<std::size_t>(pending_.top().second)] = pending_.top().first;
    --remaining_;
  }
  // Only who waits for these is woken: a thread switch is dearer than a look at the few that wait.
  std::erase_if(waiters_, [this](const Waiter& waiter) {
    const bool is_done = done(waiter.command);
    if (is_done) waiter.event->notify(sc_core::SC_ZERO_TIME);
    return is_done;
  });
  if (!pending_.empty()) wake_.notify(cycles_to_time(pending_.top().first - now));
}

}  // namespace ternsim::sim
