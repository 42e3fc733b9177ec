#pragma once

#include <vector>

#include "kernels/dispatch.h"
#include "kernels/machine_limits.h"
#include "kernels/thread_pool.h"

namespace ternsim::benches {

/// Thread counts that are measured: 1 and, where there are more, all of the machine's.
std::vector<int> thread_counts();
/// A pool that lives as long as the program.
kernels::ThreadPool& pool_of(int threads);

/// What the machine can do at best, measured at the first call for an instruction set and thread count: what the
/// benchmarks' fractions are of.
const kernels::MachineLimits& limits_of(kernels::Isa isa, int threads);

/// Prints the limits as context lines above the results.
void add_limits_to_context();

}  // namespace ternsim::benches
