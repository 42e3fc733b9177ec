#pragma once

#include <cstdint>
#include <string_view>

namespace ternsim::model {

/// What Linux says about this process's memory, in bytes; 0 where it does not say (another system).
struct ProcessMemory {
  std::uint64_t resident = 0;    ///< VmRSS: pages in memory now
  std::uint64_t peak = 0;        ///< VmHWM: the most that ever were
  std::uint64_t huge_pages = 0;  ///< AnonHugePages: of those resident, in pages of 2 MiB
};
ProcessMemory read_process_memory();

/// The bytes of a line "Name:   1234 kB" of such a text; 0 without that line.
std::uint64_t kilobytes_of(std::string_view text, std::string_view name);

}  // namespace ternsim::model
