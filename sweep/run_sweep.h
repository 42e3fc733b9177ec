#pragma once

#include <cstdint>
#include <optional>

#include "sweep/design.h"
#include "sweep/plan.h"
#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::sweep {

struct RunOptions {
  int processes = 1;
  std::optional<Shard> shard;  ///< of a grid or of random draws
  bool retry_failed = false;
};

/// What one run of a sweep did.
struct RunSummary {
  std::uint64_t planned = 0;   ///< designs of the sweep, or of its shard; of a search, those that it came across
  std::uint64_t computed = 0;  ///< simulated now; the others were in the store
  std::uint64_t failed = 0;    ///< of those computed now
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< of this process and its children
  int processes = 1;
};

/// Brings all designs of a sweep into the store, with a progress line. Checks the sweep and what its designs are made
/// from first. Throws InputError and RequestError.
RunSummary run_sweep(const Sweep& sweep, Designs& designs, Store& store, const RunOptions& options);

}  // namespace ternsim::sweep
