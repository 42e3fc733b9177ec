#pragma once

#include <array>
#include <systemc>

#include "sim/processing_unit.h"

namespace ternsim::sim {

/// Issues a program's commands in order, one every `issue_cycles`, into the units' queues.
class Sequencer : public sc_core::sc_module {
 public:
  Sequencer(const sc_core::sc_module_name& name, std::array<ProcessingUnit*, kUnits> units, Cycle issue_cycles);
  void start(const std::vector<Command>& commands);
  void finish(Cycle end);
  const UnitAccounting& accounting() const { return accounting_; }

 private:
  void run();
  std::array<ProcessingUnit*, kUnits> units_;
  Cycle issue_cycles_;
  const std::vector<Command>* commands_ = nullptr;
  sc_core::sc_event started_;
  UnitAccounting accounting_;
  Cycle start_ = 0;
};

}  // namespace ternsim::sim
