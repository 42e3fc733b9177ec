#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// How far ahead of its use memory is asked for, and whether into the second-level cache only or the first.
struct ReadAhead {
  std::int64_t bytes;
  bool second_level;

  /// Asks for the line at `address`, which need not be valid memory.
  void line(const void* address) const;
  /// Asks for the line `bytes` behind `address`.
  void operator()(const void* address) const;
};

/// For a thread that reads `streams` runs of memory in turn. On AMD's cores (measured: Zen 4) requests for the first
/// level take the line buffers that loads need, and a stream comes at half its speed; the second level takes them, far
/// enough ahead. On Intel's (measured: Sapphire Rapids) the first level is the better place. A kernel that asks must
/// ask for every line: the processors' own reading ahead does not fill in what is left out.
ReadAhead read_ahead_of(int streams);

// Always inlined: no copy is left that the linker could pick for a machine that lacks the set it was compiled for.
__attribute__((always_inline)) inline void ReadAhead::line(const void* address) const {
  if (second_level) {
    __builtin_prefetch(address, 0, 2);
  } else {
    __builtin_prefetch(address, 0, 3);
  }
}

__attribute__((always_inline)) inline void ReadAhead::operator()(const void* address) const {
  line(static_cast<const char*>(address) + bytes);
}

}  // namespace ternsim::kernels
