#include "cli/run_block.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <ctime>
#include <fstream>
#include <string>
#include <thread>

#include "kernels/dispatch.h"

namespace ternsim::cli {

namespace {

/// As Linux names the processor on x86; elsewhere nothing stands there.
std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name"))
      if (const std::size_t colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "processor of unknown name";
}

}  // namespace

StatisticNode run_block(std::chrono::steady_clock::time_point start) {
  utsname system{};
  uname(&system);
  const std::time_t now = std::time(nullptr);
  char finished[32];
  std::tm utc{};
  std::strftime(finished, sizeof finished, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  StatisticNode node{"run", "This run", {}, {}};
  node.add("version", "Version of ternsim.", Quantity::Text, std::string(TERNSIM_VERSION))
      .add("finished", "When this run ended (UTC).", Quantity::Text, std::string(finished))
      .add("machine", "System, instruction set of the CPU kernels, processor and its hardware threads.", Quantity::Text,
           fmt::format("{} {}, {}, {} x {}", system.sysname, system.machine, kernels::name_of(kernels::best_isa()),
                       std::thread::hardware_concurrency(), processor()))
      .add("wall_seconds", "Wall time of this run.", Quantity::Seconds,
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), Tier::Measured);
  return node;
}

}  // namespace ternsim::cli
