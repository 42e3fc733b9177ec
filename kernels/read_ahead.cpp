#include "kernels/read_ahead.h"

namespace ternsim::kernels {

ReadAhead read_ahead_of(int streams) {
#if defined(__x86_64__)
  static const bool amd = __builtin_cpu_is("amd") != 0;
  if (amd) return {.bytes = 8192 / streams, .second_level = true};
#endif
  return {.bytes = streams == 1 ? 2048 : 1536, .second_level = false};
}

}  // namespace ternsim::kernels
