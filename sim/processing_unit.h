#pragma once

#include <deque>
#include <exception>
#include <string>
#include <systemc>

#include "energy/action_counts.h"
#include "sim/operator_work.h"
#include "sim/program/program.h"
#include "sim/scoreboard.h"
#include "sim/timeline.h"
#include "sim/unit_accounting.h"

namespace ternsim::sim {

/// A unit that executes commands in order: takes the next from its queue, waits for what it depends on, works,
/// announces the result, and accounts for every cycle. A concrete unit says how long a command occupies it, how much
/// later its result is there, and what happens in the meantime.
class ProcessingUnit : public sc_core::sc_module {
 public:
  ProcessingUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, std::size_t queue_depth);

  /// Called by the sequencer.
  bool full() const { return queue_.size() >= queue_depth_; }
  void push(std::int32_t id);
  const sc_core::sc_event& popped() const { return popped_; }

  /// Starts a new program: `commands` must outlive the run, as must `operators`, which receives the cycles that the
  /// unit spends on each operator (nullptr: nobody asks).
  void reset(const std::vector<Command>& commands, OperatorTable* operators = nullptr);
  /// Who hears of each command; nullptr: nobody.
  void set_timeline(Timeline* timeline) { timeline_ = timeline; }
  /// Closes the books at the end of a run; throws what `perform` threw, or MismatchError unless every cycle is
  /// accounted for.
  void finish(Cycle end);
  const UnitAccounting& accounting() const { return accounting_; }
  /// What differed from the reference first since reset; empty when nothing did.
  const std::string& mismatch() const { return mismatch_; }
  /// Actions since reset; those that belong to BitLinears apart.
  const energy::ActionCounts& linear_counts() const { return linear_counts_; }
  const energy::ActionCounts& other_counts() const { return other_counts_; }

 protected:
  /// Cycles for which the command occupies the unit: those of its own stalls first, then the busy ones.
  struct Occupancy {
    Cycle busy = 0;
    Cycle stalled = 0;  ///< for `cause`
    Stall cause = Stall::DramLatency;
    Cycle latency = 0;   ///< from the end of `busy` until the result is there
    StallCycles more{};  ///< stalls for other causes, by cause
  };
  virtual Occupancy occupancy(const Command& command) = 0;
  /// Counts the command's actions and, where there are operands, computes its values.
  virtual void perform(const Command& command) = 0;

  /// Reports a value that differs. Not an exception: sanitizers lose track of one that crosses a simulated process.
  void report_mismatch(std::string text) {
    if (mismatch_.empty()) mismatch_ = std::move(text);
  }
  /// Where the actions of the command that is being performed go.
  energy::ActionCounts& counts() { return linear_ ? linear_counts_ : other_counts_; }
  /// Counts an action of the command that is being performed.
  void count(energy::Part part, energy::Action action, int width_bits, std::uint64_t n) {
    if (n != 0) (linear_ ? linear_counts_ : other_counts_).add(part, action, width_bits, n);
  }

 private:
  void run();
  void wait_for_operands(const Command& command, CommandSpan& span);
  void work_on(const Command& command, CommandSpan& span);
  static Stall cause_of(const Command& waiter, const Command& awaited);

  Scoreboard& scoreboard_;
  std::size_t queue_depth_;
  const std::vector<Command>* commands_ = nullptr;
  OperatorTable* operators_ = nullptr;
  Timeline* timeline_ = nullptr;
  std::deque<std::int32_t> queue_;
  sc_core::sc_event pushed_;
  sc_core::sc_event arrived_;  // what the command in front waits for
  sc_core::sc_event popped_;
  UnitAccounting accounting_;
  energy::ActionCounts linear_counts_;
  energy::ActionCounts other_counts_;
  bool linear_ = false;
  std::string mismatch_;
  Cycle accounted_to_ = 0;  // every cycle before this one is in accounting_
  Cycle start_ = 0;
  std::exception_ptr failure_;  // SystemC would wrap what leaves a process into a report of its own
};

}  // namespace ternsim::sim
