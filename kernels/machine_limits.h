#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "kernels/thread_pool.h"

namespace ternsim::kernels {

/// One way of reading memory and what it reached.
struct ReadLoop {
  std::string name;  ///< "1 stream", "4 streams", "8 streams, prefetch", ...
  double gb_per_s = 0;
};

/// What this machine can do at best with the pool's threads, measured now: the ceilings that the kernels are held to.
struct MachineLimits {
  std::vector<ReadLoop> read_loops;  ///< each loop's best pass, 1e9 bytes a second, all threads together
  double int8_gmac_s = 0;  ///< 1e9 multiply-accumulates a second of the set's best dot product of vectors, all threads
  std::string int8_instruction;  ///< "vpdpbusd, 512 bits", "vpmaddubsw + vpaddw", ...
  double tile_gmac_s = 0;        ///< the same of the set's product of tiles; 0 where it has none
  std::string tile_instruction;  ///< "tdpbusd, 16 x 16 x 64"; empty where the set has none

  /// The fastest of `read_loops`.
  const ReadLoop& best_read() const;
};

struct MachineLimitsOptions {
  /// Memory that is read, in 2 MiB pages where the system has them; well above the last-level cache, or caches are
  /// measured. Held only during the call.
  std::size_t bytes = std::size_t{1} << 30;
  int passes = 3;  ///< over the memory, of which the best counts
};

/// Reads `bytes` passes * loops times: a second or so. Throws std::bad_alloc.
MachineLimits measure_machine_limits(Isa isa, ThreadPool& pool, const MachineLimitsOptions& options = {});

}  // namespace ternsim::kernels
