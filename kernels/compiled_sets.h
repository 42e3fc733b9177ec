#pragma once

#include <vector>

#include "kernels/dispatch.h"

namespace ternsim::kernels {

/// The instruction sets that this build has kernels for, plainest first, whatever machine runs it.
std::vector<Isa> compiled_isas();

}  // namespace ternsim::kernels
