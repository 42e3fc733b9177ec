#include "cli/build_facts.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <systemc>

#include "kernels/compiled_sets.h"

namespace ternsim::cli {

std::string version_text() {
  std::string sets;
  for (const kernels::Isa isa : kernels::compiled_isas())
    sets += fmt::format("{}{}", sets.empty() ? "" : ", ", kernels::name_of(isa));
  const auto or_none = [](const char* text) { return *text == '\0' ? "none" : text; };
  const BuildFacts& f = kBuildFacts;
  return fmt::format(
      "ternsim {}\n"
      "  commit            {}\n"
      "  compiler          {}, {} build\n"
      "  checks built in   {}\n"
      "  SystemC           {}\n"
      "  Verilator         {}, waveforms {}\n"
      "  instruction sets  {} (ternsim doctor says which this machine has)",
      f.version, *f.commit == '\0' ? "unknown: not built from a checkout" : f.commit, f.compiler, f.type,
      or_none(f.checks), SC_VERSION, f.verilator, f.waveforms ? "on" : "off", sets);
}

}  // namespace ternsim::cli
