#include "cli/run_block.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <ctime>
#include <fstream>
#include <string>
#include <systemc>
#include <thread>

#include "cli/build_facts.h"
#include "cli/machine_facts.h"
#include "kernels/dispatch.h"

namespace ternsim::cli {

namespace {

/// In quotes where a shell would read it otherwise.
std::string for_shell(const std::string& argument) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/@%";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) return argument;
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// As a shell reads it; empty where the system does not tell.
std::string command_line() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::string line;
  for (std::string argument; std::getline(in, argument, '\0');)
    line += line.empty() ? for_shell(argument) : " " + for_shell(argument);
  return line;
}

}  // namespace

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
      .add("command_line", "Command that was run, as a shell reads it.", Quantity::Text, command_line())
      .add("commit",
           "Commit that ternsim was built from, +changes where files differed; empty: not built from a checkout.",
           Quantity::Text, std::string(kBuildFacts.commit))
      .add("build", "Compiler, kind of build and checks built in.", Quantity::Text,
           fmt::format("{}, {}{}{}", kBuildFacts.compiler, kBuildFacts.type, *kBuildFacts.checks == '\0' ? "" : ", ",
                       kBuildFacts.checks))
      .add("simulators", "Versions of SystemC and of the Verilator that made the RTL's models.", Quantity::Text,
           fmt::format("SystemC {}, Verilator {}", SC_VERSION, kBuildFacts.verilator))
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
