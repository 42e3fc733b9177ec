#pragma once

#include <array>
#include <functional>
#include <systemc>
#include <utility>

#include "sim/processing_unit.h"

namespace ternsim::sim {

/// Issues a program's commands in order, one every `issue_cycles`, into the units' queues.
class Sequencer : public sc_core::sc_module {
 public:
  Sequencer(const sc_core::sc_module_name& name, std::array<ProcessingUnit*, kUnits> units, Cycle issue_cycles);
  void start(const std::vector<Command>& commands);
  /// Closes the books at the end of a run; throws MismatchError when more cycles are accounted for than passed.
  void finish(Cycle end);
  /// Who hears of each command; nullptr: nobody.
  void set_timeline(Timeline* timeline) { timeline_ = timeline; }
  /// Who hears from time to time which share of the program is issued; an empty function: nobody.
  void set_progress(std::function<void(double)> progress) { progress_ = std::move(progress); }
  const UnitAccounting& accounting() const { return accounting_; }

 private:
  void run();
  std::array<ProcessingUnit*, kUnits> units_;
  Cycle issue_cycles_;
  const std::vector<Command>* commands_ = nullptr;
  Timeline* timeline_ = nullptr;
  std::function<void(double)> progress_;
  sc_core::sc_event started_;
  UnitAccounting accounting_;
  Cycle start_ = 0;
};

}  // namespace ternsim::sim
