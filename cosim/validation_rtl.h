#pragma once

#include <cstdint>

#include "rtl/verilated_engine.h"
#include "sim/engine_model.h"

namespace ternsim::cosim {

/// Runs a program on a Verilated engine, under the same schedules as sim::EngineModel, and reads the engine's own
/// counters. `seed`: of the operands, which no cycle depends on. The engine is reset first.
///
/// Throws MismatchError when a command is refused, an assertion of the RTL fails, the engine flags its operands, or
/// nothing moves.
sim::EngineCycles run_rtl(rtl::VerilatedEngine& engine, const sim::EngineProgram& program,
                          const sim::EngineSchedules& schedules, std::uint64_t seed);

}  // namespace ternsim::cosim
