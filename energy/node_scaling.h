#pragma once

#include <vector>

#include "energy/technology.h"

namespace ternsim::energy {

/// Every constant at `node_nm`, between those of two technologies at other nodes: a power law of the node through both
/// (`power_between`), for low, mid and high alike. What does not depend on the node, equal at both, stays as `first`
/// has it; everything else is of tier `derived` or weaker. Throws RequestError naming a DRAM constant that differs, as
/// DRAM has a process of its own.
std::vector<Constant> constants_between(const Technology& first, const Technology& second, int node_nm);

}  // namespace ternsim::energy
