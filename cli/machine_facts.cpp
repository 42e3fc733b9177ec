#include "cli/machine_facts.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "kernels/weight_arena.h"

namespace ternsim::cli {

namespace fs = std::filesystem;

namespace {

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

/// kB of a line "Name:   123 kB", as bytes.
std::optional<std::uint64_t> kibibytes_of(const fs::path& path, const std::string& name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name + ":")) continue;
    const std::size_t digit = line.find_first_of("0123456789");
    if (digit == std::string::npos) return std::nullopt;
    if (const auto value = whole_number(line.substr(digit))) return *value << 10;
  }
  return std::nullopt;
}

/// Calls visit(folder) for this process's control group and each above it: the limits of all of them hold.
template <typename Visit>
void visit_control_groups(const Visit& visit) {
  const fs::path root = "/sys/fs/cgroup";
  fs::path group;
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::/")) group = line.substr(4);
  for (;; group = group.parent_path()) {
    visit(root / group);
    if (group.empty()) return;
  }
}

template <typename Value>
void take_least(std::optional<Value>& least, const std::optional<Value>& value) {
  if (value && (!least || *value < *least)) least = value;
}

}  // namespace

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name"))
      if (const std::size_t colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "";
}

int allowed_threads() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::optional<double> granted_processors() {
  std::optional<double> least;
  visit_control_groups([&](const fs::path& folder) {
    std::istringstream in(first_line(folder / "cpu.max"));
    std::string quota, period;
    in >> quota >> period;
    const auto q = whole_number(quota);
    const auto p = whole_number(period);
    if (q && p && *p > 0) take_least(least, std::optional(static_cast<double>(*q) / static_cast<double>(*p)));
  });
  return least;
}

std::optional<std::uint64_t> memory_bytes(const std::string& line) { return kibibytes_of("/proc/meminfo", line); }

std::optional<std::uint64_t> granted_memory() {
  std::optional<std::uint64_t> least;
  visit_control_groups(
      [&](const fs::path& folder) { take_least(least, whole_number(first_line(folder / "memory.max"))); });
  return least;
}

std::string huge_page_policy() {
  const std::string line = first_line("/sys/kernel/mm/transparent_hugepage/enabled");
  const std::size_t begin = line.find('[');
  const std::size_t end = line.find(']');
  return begin == std::string::npos || end < begin ? "" : line.substr(begin + 1, end - begin - 1);
}

std::optional<double> granted_huge_pages() {
  constexpr std::size_t kBytes = 16 * kernels::WeightArena::kHugePage;
  const fs::path rollup = "/proc/self/smaps_rollup";
  const auto before = kibibytes_of(rollup, "AnonHugePages");
  kernels::WeightBytes memory;
  memory.resize(kBytes);
  std::memset(memory.data(), 1, kBytes);
  const auto after = kibibytes_of(rollup, "AnonHugePages");
  if (!before || !after) return std::nullopt;
  const double gained = static_cast<double>(*after) - static_cast<double>(*before);
  return std::clamp(gained / static_cast<double>(kBytes), 0.0, 1.0);
}

fs::path find_tool(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream in(path == nullptr ? "" : path);
  for (std::string folder; std::getline(in, folder, ':');) {
    const fs::path file = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code ec;
    if (fs::is_regular_file(file, ec) && access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

}  // namespace ternsim::cli
