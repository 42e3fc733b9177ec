#include "sim/scoreboard.h"

namespace ternsim::sim {

Scoreboard::Scoreboard(const sc_core::sc_module_name& name) : sc_module(name), wake_("wake") {
  SC_HAS_PROCESS(Scoreboard);
  SC_METHOD(announce);
  sensitive << wake_;
  dont_initialize();
}

void Scoreboard::reset(std::size_t commands) {
  finished_at_.assign(commands, -1);
  pending_.clear();
  remaining_ = commands;
}

void Scoreboard::complete_after(std::int32_t command, Cycle delay) {
  pending_.emplace(now_cycle() + delay, command);
  wake_.notify(cycles_to_time(delay));
}

void Scoreboard::announce() {
  const Cycle now = now_cycle();
  bool any = false;
  while (!pending_.empty() && pending_.begin()->first <= now) {
    finished_at_[static_cast<std::size_t>(pending_.begin()->second)] = pending_.begin()->first;
    pending_.erase(pending_.begin());
    --remaining_;
    any = true;
  }
  if (any) changed_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace ternsim::sim
