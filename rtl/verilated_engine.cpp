#include "rtl/verilated_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/yaml.h"
#include "rtl/verilated_engine_registry.h"

namespace ternsim::rtl {

std::unique_ptr<VerilatedEngine> VerilatedEngine::make(std::string_view config) {
  std::vector<std::string> names;
  for (const EngineEntry& entry : verilated_engines()) {
    if (entry.geometry.unit.name == config) return entry.make();
    names.push_back(entry.geometry.unit.name);
  }
  const std::string near = nearest_name(config, names);
  throw RequestError(fmt::format("no RTL configuration '{}' in this build{}; there are: {}", config,
                                 near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                 fmt::join(names, ", ")));
}

std::vector<sim::EngineGeometry> VerilatedEngine::geometries() {
  std::vector<sim::EngineGeometry> out;
  for (const EngineEntry& entry : verilated_engines()) out.push_back(entry.geometry);
  return out;
}

}  // namespace ternsim::rtl
