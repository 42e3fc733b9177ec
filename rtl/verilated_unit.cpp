#include "rtl/verilated_unit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/yaml.h"
#include "rtl/verilated_registry.h"

namespace ternsim::rtl {

namespace {

const RegistryEntry& find(std::string_view config) {
  const auto& all = verilated_registry();
  const auto it = std::ranges::find(all, config, [](const RegistryEntry& e) { return e.geometry.name; });
  if (it != all.end()) return *it;
  const std::vector<std::string> names = VerilatedUnit::names();
  const std::string near = nearest_name(config, names);
  throw RequestError(fmt::format("no RTL configuration '{}' in this build{}; there are: {}", config,
                                 near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                 fmt::join(names, ", ")));
}

std::string describe(const sim::MatrixGeometry& g) {
  return fmt::format("{} rows x {} lanes, {} slots, {} tree levels a stage, {}-bit accumulators", g.rows, g.lanes,
                     g.slots, g.tree_levels_per_stage, g.accumulator_bits);
}

}  // namespace

std::unique_ptr<VerilatedUnit> VerilatedUnit::make(std::string_view config) { return find(config).make(); }

std::unique_ptr<VerilatedUnit> VerilatedUnit::make(const sim::MatrixGeometry& geometry) {
  const RegistryEntry& entry = find(geometry.name);
  const std::string asked = describe(geometry);
  const std::string built = describe(entry.geometry);
  if (asked != built) {
    throw RequestError(
        fmt::format("RTL configuration '{}' was compiled as {}, but {} is asked for: build again after "
                    "changing rtl/configs.yaml",
                    geometry.name, built, asked));
  }
  return entry.make();
}

std::vector<std::string> VerilatedUnit::names() {
  std::vector<std::string> out;
  for (const RegistryEntry& e : verilated_registry()) out.push_back(e.geometry.name);
  return out;
}

VerilatedUnit::VerilatedUnit(sim::MatrixGeometry geometry) : geometry_(std::move(geometry)) {}

std::size_t VerilatedUnit::code_bytes() const {
  return (static_cast<std::size_t>(geometry_.rows) * static_cast<std::size_t>(geometry_.lanes) * 2 + 7) / 8;
}

void VerilatedUnit::check(const Beat& beat) const {
  if (beat.activations.size() != static_cast<std::size_t>(geometry_.lanes)) {
    throw std::invalid_argument(
        fmt::format("beat: {} activations for {} lanes", beat.activations.size(), geometry_.lanes));
  }
  if (!beat.codes.empty() && beat.codes.size() != code_bytes()) {
    throw std::invalid_argument(fmt::format("beat: {} bytes of codes instead of {}", beat.codes.size(), code_bytes()));
  }
  if (beat.slot < 0 || beat.slot >= geometry_.slots) {
    throw std::invalid_argument(fmt::format("beat: slot {} of {}", beat.slot, geometry_.slots));
  }
}

}  // namespace ternsim::rtl
