#include "sim/processing_unit.h"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
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

void ProcessingUnit::reset(const std::vector<Command>& commands, OperatorTable* operators) {
  commands_ = &commands;
  operators_ = operators;
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
  // The experts that tokens are routed to are known only when the router's result is there.
  const bool routed = waiter.kind == CommandKind::LoadWeights && waiter.expert >= 0 && awaited.unit != Unit::Matrix;
  const bool load = waiter.unit == Unit::Dma && waiter.kind != CommandKind::StoreKv;
  switch (awaited.unit) {
    case Unit::Dma:
      return awaited.kind == CommandKind::LoadWeights     ? Stall::Weights
             : awaited.kind == CommandKind::LoadEmbedding ? Stall::Embedding
                                                          : Stall::Kv;
    case Unit::Matrix:
      return load ? Stall::Buffer : Stall::OperandMatrix;
    case Unit::Vector:
      return load && !routed ? Stall::Buffer : Stall::OperandVector;
    case Unit::Attention:
      return load ? Stall::Buffer : Stall::OperandAttention;
    case Unit::LmHead:
      return load && !routed ? Stall::Buffer : Stall::OperandLmHead;
  }
  throw std::logic_error("a command of a unit that does not exist");
}

void ProcessingUnit::wait_for_operands(const Command& command, CommandSpan& span) {
  const Command* last = nullptr;
  Cycle last_done = -1;
  for (const std::int32_t awaited : command.waits) {
    if (awaited == Command::kNone) continue;
    if (!scoreboard_.done(awaited)) {
      scoreboard_.notify_when_done(awaited, arrived_);
      wait(arrived_);
    }
    if (scoreboard_.done_at(awaited) <= last_done) continue;
    last_done = scoreboard_.done_at(awaited);
    last = &(*commands_)[static_cast<std::size_t>(awaited)];
  }
  span.start = now_cycle();
  if (span.start == span.reached) return;
  span.waiting = cause_of(command, *last);
  accounting_.stalls[static_cast<std::size_t>(span.waiting)] += span.start - span.reached;
}

void ProcessingUnit::work_on(const Command& command, CommandSpan& span) {
  Occupancy o = occupancy(command);
  linear_ = command.linear;
  try {
    perform(command);
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
  }
  o.more[static_cast<std::size_t>(o.cause)] += o.stalled;
  const Cycle stalled = std::accumulate(o.more.begin(), o.more.end(), Cycle{0});
  span.busy_from = span.start + stalled;
  span.end = span.busy_from + o.busy;
  span.done = span.end + o.latency;
  span.own = o.more;
  // A memory of another kind may have let time pass already.
  if (span.end > now_cycle()) wait(cycles_to_time(span.end - now_cycle()));
  for (std::size_t i = 0; i < kStalls; ++i) accounting_.stalls[i] += o.more[i];
  accounting_.busy += o.busy;
  if (operators_ == nullptr) return;
  OperatorWork& work = (*operators_)[static_cast<std::size_t>(command.op)];
  work.busy[static_cast<std::size_t>(command.unit)] += o.busy;
  if (command.unit == Unit::Dma) work.dma_stalled += stalled;
}

void ProcessingUnit::run() {
  for (;;) {
    while (queue_.empty()) wait(pushed_);
    CommandSpan span;
    span.id = queue_.front();
    const Command& command = (*commands_)[static_cast<std::size_t>(span.id)];
    span.command = &command;
    span.reached = now_cycle();
    accounting_.idle += span.reached - accounted_to_;

    wait_for_operands(command, span);
    queue_.pop_front();
    popped_.notify(sc_core::SC_ZERO_TIME);
    work_on(command, span);
    accounted_to_ = now_cycle();
    scoreboard_.complete_after(span.id, span.done - span.end);
    if (timeline_ != nullptr) timeline_->on_command(span);
  }
}

}  // namespace ternsim::sim
