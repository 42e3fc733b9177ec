#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace ternsim::cli {

// What Linux says about this machine and what it lets this process have of it. Elsewhere, and where a file is missing,
// a fact is absent or empty.

/// As /proc/cpuinfo names the processor; empty where it does not.
std::string processor_name();
/// Hardware threads that this process may run on.
int allowed_threads();
/// Processors' worth of time that the control groups of this process grant, the least of them; absent: no limit.
std::optional<double> granted_processors();

/// Bytes of /proc/meminfo's line: "MemTotal", "MemAvailable".
std::optional<std::uint64_t> memory_bytes(const std::string& line);
/// Bytes that the control groups of this process grant, the least of them; absent: no limit.
std::optional<std::uint64_t> granted_memory();

/// The system's policy on 2 MiB pages: "always", "madvise" or "never"; empty where it has none.
std::string huge_page_policy();
/// The share of freshly written memory, asked for as a model's weights are, that came in 2 MiB pages: 0 to 1.
std::optional<double> granted_huge_pages();

/// The program's place in $PATH; empty: not there.
std::filesystem::path find_tool(const std::string& name);

}  // namespace ternsim::cli
