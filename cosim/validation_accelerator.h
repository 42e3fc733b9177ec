#pragma once

#include <memory>
#include <string>

#include "cosim/validation_cases.h"
#include "sim/accelerator.h"

namespace ternsim::cosim {

/// The accelerator model with a matrix unit of the engine's geometry, on an engine's program: for each
/// descriptor a LoadWeights command and, behind it, a MatmulChunk; a load waits until one of two banks is free, that is
/// for the product two before. The clock starts at 0, and the memory is as after its reset, for each program.
class AcceleratorSide {
 public:
  /// `name`: of the SystemC modules. All but matrix unit and memory are `machine`'s.
  AcceleratorSide(const std::string& name, const sim::AcceleratorConfig& machine, const sim::EngineGeometry& geometry);
  ~AcceleratorSide();
  /// Cycles of a case that has a memory, which is modelled in closed form.
  sim::Cycle run(const EngineCase& a_case);

 private:
  class Memory;
  sim::AcceleratorConfig config_;
  sim::EngineGeometry geometry_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<sim::Accelerator> accelerator_;
  std::int32_t op_ = 0;  // some BitLinear, to which all commands belong
};

}  // namespace ternsim::cosim
