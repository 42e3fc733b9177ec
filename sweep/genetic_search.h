#pragma once

#include <functional>
#include <vector>

#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::sweep {

/// The objectives of one point with the better ones smaller. One outside of the constraints is worse than any inside,
/// the more the farther; one without figures is worse than all.
std::vector<double> costs_of(const Point& point, const FrontRules& rules);

/// NSGA-II (Deb, Pratap, Agarwal, Meyarivan, IEEE Trans. Evol. Comput. 6(2), 2002) as pagmo has it, over the positions
/// on the axes: `population` designs drawn at random, then `generations` times as many bred from the best so far. Equal
/// seeds and points give equal searches, so that one which was interrupted finds its points in the store and goes on.
///
/// `evaluate` sees to it that the designs of a generation are in the store; `find` gives their points.
void genetic_search(const Sweep& sweep, const std::function<void(const std::vector<Settings>&)>& evaluate,
                    const std::function<const Point&(const Settings&)>& find);

}  // namespace ternsim::sweep
