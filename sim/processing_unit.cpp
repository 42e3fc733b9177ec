#include "sim/processing_unit.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace ternsim::sim {

ProcessingUnit::ProcessingUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, std::size_t queue_depth)
    : sc_module(name), scoreboard_(scoreboard), queue_depth_(queue_depth) {
  SC_HAS_PROCESS(ProcessingUnit);
  SC_THREAD(run);
}

void ProcessingUnit::push(std::int32_t id) {
  queue_.push_back(id);
  pushed_.notify(sc_core::SC_ZERO_TIME);
}

void ProcessingUnit::reset(const std::vector<Command>& commands) {
  commands_ = &commands;
  accounting_ = {};
  linear_counts_ = {};
  other_counts_ = {};
  mismatch_.clear();
  start_ = accounted_to_ = now_cycle();
}

void ProcessingUnit::finish(Cycle end) {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  accounting_.idle += end - accounted_to_;
  accounted_to_ = end;
  if (accounting_.total() != end - start_ || accounting_.idle < 0)
    throw MismatchError(
        fmt::format("{}: {} cycles accounted for, {} passed", name(), accounting_.total(), end - start_));
}

Stall ProcessingUnit::cause_of(const Command& waiter, const Command& awaited) {
  switch (awaited.kind) {
    case CommandKind::LoadWeights:
      return Stall::Weights;
    case CommandKind::LoadKv:
    case CommandKind::StoreKv:
      return Stall::Kv;
    case CommandKind::LoadEmbedding:
      return Stall::Embedding;
    default:
      break;
  }
  return waiter.kind == CommandKind::LoadWeights ? Stall::Buffer : Stall::Operand;
}

void ProcessingUnit::run() {
  for (;;) {
    while (queue_.empty()) wait(pushed_);
    accounting_.idle += now_cycle() - accounted_to_;
    accounted_to_ = now_cycle();

    const std::int32_t id = queue_.front();
    const Command& command = (*commands_)[static_cast<std::size_t>(id)];
    for (const std::int32_t awaited : command.waits) {
      if (awaited == Command::kNone) continue;
      const Cycle since = now_cycle();
      while (!scoreboard_.done(awaited)) wait(scoreboard_.changed());
      const Stall cause = cause_of(command, (*commands_)[static_cast<std::size_t>(awaited)]);
      accounting_.stalls[static_cast<std::size_t>(cause)] += now_cycle() - since;
      accounted_to_ = now_cycle();
    }
    queue_.pop_front();
    popped_.notify(sc_core::SC_ZERO_TIME);

    const Occupancy o = occupancy(command);
    linear_ = command.linear;
    try {
      perform(command);
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
    if (o.stalled > 0) wait(cycles_to_time(o.stalled));
    if (o.busy > 0) wait(cycles_to_time(o.busy));
    accounting_.stalls[static_cast<std::size_t>(o.cause)] += o.stalled;
    accounting_.busy += o.busy;
    accounted_to_ = now_cycle();
    scoreboard_.complete_after(id, o.latency);
  }
}

}  // namespace ternsim::sim
