#include "sim/engine_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.h"
#include "sim/kernel.h"

namespace ternsim::sim {

EngineModel::EngineModel(const sc_core::sc_module_name& name, const EngineGeometry& geometry)
    : sc_module(name), geometry_(geometry) {
  SC_HAS_PROCESS(EngineModel);
  SC_THREAD(host);
  SC_THREAD(load_weights);
  SC_THREAD(load_activations);
  SC_THREAD(issue);
  SC_THREAD(drain_results);
}

std::int64_t EngineModel::blocks_of(const EngineCommand& command) const {
  return geometry_.unit.column_blocks(command.cols);
}

std::int64_t EngineModel::tiles_of(const EngineCommand& command) const {
  return geometry_.unit.row_tiles(command.rows);
}

void EngineModel::check(const EngineProgram& program) const {
  const auto depth = static_cast<std::size_t>(geometry_.queue_depth);
  if (program.commands.empty() || program.queued < 1 || program.queued > std::min(depth, program.commands.size()))
    throw RequestError(fmt::format("{} commands, {} of them queued at first: the queue holds 1 to {}",
                                   program.commands.size(), program.queued, depth));
  for (const EngineCommand& c : program.commands)
    if (c.rows < 1 || c.cols < 1 || c.tokens < 1 || c.cols > geometry_.max_cols() ||
        c.tokens > geometry_.max_tokens(c.cols))
      throw RequestError(fmt::format("a command of {} x {} weights by {} tokens does not fit the engine '{}'", c.rows,
                                     c.cols, c.tokens, geometry_.unit.name));
}

EngineCycles EngineModel::run(const EngineProgram& program, const EngineSchedules& schedules) {
  check(program);
  if (unfinished_) throw std::logic_error("a program before this one did not come to its end");
  unfinished_ = true;
  start_kernel();
  program_ = &program;
  schedules_ = &schedules;
  start_ = now_cycle();
  pushed_ = program.queued;
  done_ = 0;
  busy_from_ = idle_from_ = 0;
  weights_.clear();
  activations_.clear();
  outputs_.clear();
  frozen_since_ = operand_since_ = -1;
  frozen_before_ = frozen_issues_ = 0;
  cycles_ = {};
  started_.notify(sc_core::SC_ZERO_TIME);
  run_until_idle();
  if (done_ != program.commands.size())
    throw MismatchError(fmt::format("engine '{}': stands still after {} of {} commands", geometry_.unit.name, done_,
                                    program.commands.size()));
  cycles_.elapsed = idle_from_;
  cycles_.stall_output = frozen_before_ - frozen_issues_;
  const std::int64_t explained =
      cycles_.beats + cycles_.stall_output + cycles_.stall_weights + cycles_.stall_activations + cycles_.drain;
  if (cycles_.busy != explained)
    throw MismatchError(fmt::format("engine '{}': {} busy cycles, {} of them with a reason", geometry_.unit.name,
                                    cycles_.busy, explained));
  unfinished_ = false;
  return cycles_;
}

/// When a transfer into the engine is offered; waits while its sender does not know, and for ever where it never will.
Cycle EngineModel::offer_of(StreamSchedule& schedule, std::int64_t transfer, Cycle from) {
  for (const Cycle hangs = from + kHangCycles;; ++from) {
    if (from == hangs) wait(never_);
    wait_until(from);
    const Cycle offered = schedule.next(transfer, from);
    if (offered != StreamSchedule::kNotYet) return offered;
  }
}

/// To the first delta cycle of a clock cycle.
void EngineModel::wait_until(Cycle cycle) {
  if (cycle > now()) wait(cycles_to_time(cycle - now()));
}

/// To the moment in which registers change.
void EngineModel::clock_edge() { wait(cycles_to_time(1)); }

/// To where every register of this cycle has changed.
void EngineModel::observe() { wait(sc_core::SC_ZERO_TIME); }

/// Cycles before this one in which the matrix unit stood still.
Cycle EngineModel::frozen_cycles() const { return frozen_before_ + (frozen() ? now() - frozen_since_ : 0); }

/// Software. Its write of CONTROL.run was taken in cycle -1.
void EngineModel::host() {
  for (;;) {
    wait(started_);
    Cycle written = -1;
    while (pushed_ < program_->commands.size()) {
      wait_until(written + EngineProgram::kStartCycles);
      observe();
      while (pushed_ - done_ >= static_cast<std::size_t>(geometry_.queue_depth)) wait(finish_);
      written = now();
      clock_edge();
      if (pushed_ == done_) busy_from_ = now();
      ++pushed_;
      push_.notify(sc_core::SC_ZERO_TIME);
    }
  }
}

/// The buffer takes a word of its present block in this cycle.
void EngineModel::take_word(Buffer& buffer, std::int64_t block_words) {
  clock_edge();
  if (++buffer.words == block_words) {
    buffer.words = 0;
    ++buffer.complete;
  }
  buffer.arrived.notify(sc_core::SC_ZERO_TIME);
}

void EngineModel::load_weights() {
  for (;;) {
    wait(started_);
    std::int64_t transfer = 0;
    Cycle entered = -1;  // the engine took the transfer before from the stream
    Cycle stored = -1;   // and the buffer from the decoder
    for (std::size_t k = 0; k < program_->commands.size(); ++k) {
      const EngineCommand& command = program_->commands[k];
      const std::int64_t blocks = blocks_of(command);
      for (std::int64_t n = 0; n < tiles_of(command) * blocks; ++n) {
        const Cycle offered = offer_of(schedules_->weights, transfer++, entered + 1);
        if (geometry_.decode_cycles() > 0 && offered <= stored) {
          entered = stored;  // the decoder's register was given on in that cycle
        } else {
          wait_until(offered);
          observe();
          while (!visible(k)) wait(push_);
          entered = now();
        }
        wait_until(entered + geometry_.decode_cycles());
        observe();
        while (!visible(k)) wait(push_);
        while (!weights_.writable()) wait(weights_.freed);
        stored = now();
        if (geometry_.decode_cycles() == 0) entered = stored;
        take_word(weights_, blocks);
      }
    }
  }
}

void EngineModel::load_activations() {
  for (;;) {
    wait(started_);
    std::int64_t transfer = 0;
    for (std::size_t k = 0; k < program_->commands.size(); ++k) {
      const std::int64_t words = blocks_of(program_->commands[k]) * program_->commands[k].tokens;
      for (std::int64_t n = 0; n < words; ++n) {
        wait_until(offer_of(schedules_->activations, transfer++, now()));
        observe();
        while (!visible(k)) wait(push_);
        while (!activations_.writable()) wait(activations_.freed);
        take_word(activations_, words);
      }
    }
  }
}

/// Beats go in the order row tile, group of tokens, column block, token of the group.
void EngineModel::issue() {
  for (;;) {
    wait(started_);
    std::int64_t tile = 0;  // of the whole program
    for (std::size_t k = 0; k < program_->commands.size(); ++k) issue_command(k, tile);
    // What is left is to drain, until the last result was taken.
    const Cycle since = now();
    const Cycle frozen_then = frozen_cycles();
    observe();
    while (done_ < program_->commands.size()) wait(finish_);
    cycles_.drain += now() - since - (frozen_cycles() - frozen_then);
  }
}

void EngineModel::issue_command(std::size_t k, std::int64_t& tile) {
  observe();
  const Cycle since = now();
  const Cycle frozen_then = frozen_cycles();
  while (!visible(k)) wait(push_);
  // Only while results of earlier commands are on their way is the engine busy meanwhile.
  const Cycle end = done_ == k ? std::max(since, std::min(now(), idle_from_)) : now();
  cycles_.drain += end - since - (frozen_cycles() - frozen_then);

  const EngineCommand& command = program_->commands[k];
  const std::int64_t blocks = blocks_of(command);
  for (std::int64_t last = tile + tiles_of(command); tile < last; ++tile) {
    std::int64_t word = 0;
    for (std::int64_t group = 0; group < command.tokens; group += geometry_.unit.slots) {
      const std::int64_t tokens = std::min<std::int64_t>(geometry_.unit.slots, command.tokens - group);
      for (std::int64_t block = 0; block < blocks; ++block)
        for (std::int64_t t = 0; t < tokens; ++t) issue_beat(k, tile, block, word++);
    }
    ++weights_.released;
    weights_.freed.notify(sc_core::SC_ZERO_TIME);
  }
  ++activations_.released;
  activations_.freed.notify(sc_core::SC_ZERO_TIME);
}

/// From the second delta cycle of a cycle to the first one behind the cycle of the issue.
void EngineModel::issue_beat(std::size_t k, std::int64_t tile, std::int64_t block, std::int64_t word) {
  observe();
  // Cycles in which the output is blocked are not charged to an operand.
  const auto wait_for = [&](Buffer& buffer, std::int64_t number, std::int64_t at, std::int64_t& stall) {
    const Cycle since = now();
    const Cycle frozen_then = frozen_cycles();
    while (!buffer.has(number, at)) wait(buffer.arrived);
    stall += now() - since - (frozen_cycles() - frozen_then);
  };
  wait_for(weights_, tile, block, cycles_.stall_weights);
  wait_for(activations_, static_cast<std::int64_t>(k), word, cycles_.stall_activations);
  // The operand register is free once the pipeline has moved since it was filled, or moves now.
  while (frozen() && advances() == operand_since_) wait(thawed_);
  ++cycles_.beats;
  if (frozen()) ++frozen_issues_;
  clock_edge();
  operand_since_ = advances();
  if (block + 1 < blocks_of(program_->commands[k])) return;
  outputs_.push_back(operand_since_ + geometry_.unit.latency());
  output_due_.notify(sc_core::SC_ZERO_TIME);
}

/// Takes the results; while one waits, the matrix unit is frozen.
void EngineModel::drain_results() {
  for (;;) {
    wait(started_);
    std::int64_t transfer = 0;
    for (const EngineCommand& command : program_->commands) {
      for (std::int64_t left = tiles_of(command) * command.tokens; left > 0; --left) {
        while (outputs_.empty()) wait(output_due_);
        wait_until(now() + outputs_.front() - advances());
        outputs_.pop_front();
        const Cycle taken = schedules_->results.next(transfer++, now());
        if (taken > now()) {
          frozen_since_ = now();
          wait_until(taken);
          frozen_before_ += now() - frozen_since_;
          frozen_since_ = -1;
          thawed_.notify(sc_core::SC_ZERO_TIME);
        }
        clock_edge();
      }
      ++done_;
      idle_from_ = now();
      if (done_ == pushed_) cycles_.busy += now() - busy_from_;
      finish_.notify(sc_core::SC_ZERO_TIME);
    }
  }
}

}  // namespace ternsim::sim
