#pragma once

#include <optional>
#include <string>

#include "base/statistic.h"
#include "cosim/lockstep.h"

namespace ternsim::cosim {

/// "matched N vectors, M tiles, K cycles": what all bodies agreed on, and the clock cycles that the unit took and the
/// engine was busy.
std::string matched_line(const LockstepFigures& figures);

/// Node "verification": what was compared, one child per body, and the verdict.
StatisticNode lockstep_node(const LockstepFigures& figures, const sim::EngineGeometry& geometry,
                            const std::optional<Mismatch>& mismatch);

/// Node "speed": wall time, cycles/s and lane-adds/s of each body, for the part of a report that is not compared.
StatisticNode speed_node(const LockstepFigures& figures);

}  // namespace ternsim::cosim
