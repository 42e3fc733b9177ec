#pragma once

#include <verilated.h>

namespace ternsim::rtl {

/// In a build with TERNSIM_RTL_COVERAGE: adds the coverage counts of a context's models, which must still live, to
/// those of the process. At its end these are written to <process id>.dat in the folder that the environment variable
/// TERNSIM_RTL_COVERAGE_TO names, or nowhere without it. In other builds it does nothing.
///
/// kRandReset is what VerilatedContext::randReset() takes: random starting values, but zeros for coverage, so that the
/// step from a random value to the first one is no toggle.
#ifdef TERNSIM_RTL_COVERAGE
inline constexpr int kRandReset = 0;
void collect_coverage(VerilatedContext& context);
#else
inline constexpr int kRandReset = 2;
inline void collect_coverage(VerilatedContext&) {}
#endif

}  // namespace ternsim::rtl
