#include "cli/run_block.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <ctime>
#include <string>
#include <thread>

#include "cli/machine_facts.h"
#include "kernels/dispatch.h"

namespace ternsim::cli {

StatisticNode run_block(std::chrono::steady_clock::time_point start) {
  utsname system{};
  uname(&system);
  const std::time_t now = std::time(nullptr);
  char finished[32];
  std::tm utc{};
  std::strftime(finished, sizeof finished, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  const std::string processor = processor_name();
  StatisticNode node{"run", "This run", {}, {}};
  node.add("version", "Version of ternsim.", Quantity::Text, std::string(TERNSIM_VERSION))
      .add("finished", "When this run ended (UTC).", Quantity::Text, std::string(finished))
      .add(
          "machine", "System, instruction set of the CPU kernels, processor and its hardware threads.", Quantity::Text,
          fmt::format("{} {}, {}, {} x {}", system.sysname, system.machine, kernels::name_of(kernels::best_isa()),
                      std::thread::hardware_concurrency(), processor.empty() ? "processor of unknown name" : processor))
      .add("wall_seconds", "Wall time of this run.", Quantity::Seconds,
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), Tier::Measured);
  return node;
}

}  // namespace ternsim::cli
