#pragma once

#include <string>

namespace ternsim::cli {

/// What this program was built from and with; written by build_facts.cmake.
struct BuildFacts {
  const char* version;
  const char*
      commit;  ///< of the checkout, abbreviated, with "+changes" where files differed; empty: built from a plain tree
  const char* compiler;   ///< "GNU 12.2.0"
  const char* type;       ///< "Release"
  const char* checks;     ///< "address and undefined-behaviour sanitizers", "line coverage"; empty: none
  const char* verilator;  ///< version of the Verilator that made the RTL's models
  bool waveforms;         ///< whether those can record waveforms
};
extern const BuildFacts kBuildFacts;

/// What `ternsim --version` prints: "ternsim 0.1.0", and a line for each fact.
std::string version_text();

}  // namespace ternsim::cli
