#pragma once

#include <vector>

#include "base/statistic.h"
#include "sweep/front.h"
#include "sweep/run_sweep.h"
#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::sweep {

/// Node "sweep": what was asked for.
StatisticNode sweep_node(const Sweep& sweep, const Store& store);

/// Node "computed": what this run added, and how fast. Its figures differ from run to run.
StatisticNode computed_node(const RunSummary& summary);

/// Node "front": how many points there are of each kind, and a child for each design on the front: what the sweep's
/// axes say of it, its figures, and the command line that simulates it alone.
StatisticNode front_node(const Front& front, const Sweep& sweep);

/// Node "points": every point with figures, as front_node shows a design, and whether it is on the front; for a page to
/// explore.
StatisticNode points_node(const Front& front, const std::vector<const Point*>& points, const Sweep& sweep);

}  // namespace ternsim::sweep
