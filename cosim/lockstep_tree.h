#pragma once

#include <optional>
#include <string>

#include "base/statistic.h"
#include "cosim/lockstep.h"

namespace ternsim::cosim {

/// "matched N vectors, M tiles, K cycles": what all bodies agreed on. The cycles are those of undisturbed products,
/// which alone are compared: the unit's and the engine's.
std::string matched_line(const LockstepFigures& figures);
/// "simulated K cycles in all, ...": those of disturbed products, too.
std::string simulated_line(const LockstepFigures& figures);

/// Node "verification": what was compared, one child per body, and the verdict.
StatisticNode lockstep_node(const LockstepFigures& figures, const sim::EngineGeometry& geometry,
                            const std::optional<Mismatch>& mismatch);

/// Node "speed": wall time, cycles/s and lane-adds/s of each body, for the part of a report that is not compared.
StatisticNode speed_node(const LockstepFigures& figures);

}  // namespace ternsim::cosim
