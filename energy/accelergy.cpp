#include "energy/accelergy.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"

namespace ternsim::energy {

namespace {

constexpr double kPicojoules = 1e12;     // in a joule
constexpr double kSquareMicrons = 1e12;  // in a square metre

std::string count_text(std::string_view action, int width_bits, std::uint64_t count) {
  // Accelergy takes an entry without arguments for an action that has none.
  const std::string arguments = width_bits == 0 ? "" : fmt::format(", arguments: {{width_bits: {}}}", width_bits);
  return fmt::format("    - {{name: {}, counts: {}{}}}\n", action, count, arguments);
}

}  // namespace

EnergyReferenceTable reference_table(const EnergyModel& model, std::span<const AccelergyPhase> phases, Corner corner,
                                     double clock_hz) {
  if (!std::isfinite(clock_hz) || clock_hz <= 0)
    throw RequestError(fmt::format("leakage a cycle needs a clock above 0 Hz, not {} Hz", clock_hz));
  const EnergyReferenceTable* given = model.prices();
  EnergyReferenceTable table;
  for (const AccelergyPhase& phase : phases)
    for (const auto& [key, count] : phase.counts.counts)
      if (count != 0)
        table.set(key, given != nullptr ? given->picojoules(key) : model.rate(key, corner).joules * kPicojoules);
  if (given != nullptr) {
    for (const auto& [part, price] : given->leaks()) table.set_leak(part, price);
    return table;
  }
  const double density = model.technology().constant("leakage_density").at(corner);
  for (const auto& [part, area] : model.area())
    if (area.square_metres > 0) table.set_leak(part, area.square_metres * density / clock_hz * kPicojoules);
  return table;
}

std::string area_reference_text(const EnergyModel& model, const EnergyReferenceTable& table) {
  std::set<Part> parts;
  for (const auto& [key, price] : table.actions()) parts.insert(key.part);
  for (const auto& [part, price] : table.leaks()) parts.insert(part);
  std::string out = fmt::format("# Areas in um2.\nART:\n  version: {}\n  tables:\n", kAccelergyVersion);
  for (const auto& [part, area] : model.area())
    if (area.square_metres > 0 || parts.contains(part))
      out += fmt::format("  - {{name: {}, area: {}}}\n", component_of(part),
                         yaml_number(area.square_metres * kSquareMicrons));
  return out;
}

std::string action_counts_text(const EnergyReferenceTable& table, const AccelergyPhase& phase) {
  std::set<Part> parts;
  for (const auto& [key, count] : phase.counts.counts)
    if (count != 0) parts.insert(key.part);
  for (const auto& [part, price] : table.leaks()) parts.insert(part);
  std::string out =
      fmt::format("action_counts:\n  version: {}\n  local:{}\n", kAccelergyVersion, parts.empty() ? " []" : "");
  for (const Part part : parts) {
    out += fmt::format("  - name: {}\n    action_counts:\n", component_of(part));
    for (const auto& [key, count] : phase.counts.counts)
      if (key.part == part && count != 0) out += count_text(name_of(key.action), key.width_bits, count);
    if (table.leaks().contains(part)) out += count_text(kLeakAction, 0, phase.cycles);
  }
  return out;
}

std::vector<AccelergyFile> accelergy_files(const EnergyModel& model, std::span<const AccelergyPhase> phases,
                                           Corner corner, double clock_hz) {
  const EnergyReferenceTable table = reference_table(model, phases, corner, clock_hz);
  std::vector<AccelergyFile> files;
  files.push_back({"ERT.yaml", table.text()});
  files.push_back({"ART.yaml", area_reference_text(model, table)});
  for (const AccelergyPhase& phase : phases)
    files.push_back({fmt::format("action_counts-{}.yaml", phase.name), action_counts_text(table, phase)});
  return files;
}

void require_prices(const EnergyReferenceTable& table, std::span<const AccelergyPhase> phases) {
  std::string first;
  std::set<ActionKey> missing;
  for (const AccelergyPhase& phase : phases)
    for (const auto& [key, count] : phase.counts.counts) {
      if (count == 0 || table.actions().contains(key)) continue;
      if (missing.insert(key).second && missing.size() == 1)
        first = fmt::format("{} has no action {}, which {} counts {} times", component_of(key.part),
                            describe_action(key), phase.name, count);
    }
  if (missing.empty()) return;
  throw InputError(
      fmt::format("{}: ERT.tables: {}; add it{}. An ERT.yaml with every action of this run is written by "
                  "--accelergy without --ert",
                  table.origin(), first, missing.size() == 1 ? "" : fmt::format(" and {} more", missing.size() - 1)));
}

}  // namespace ternsim::energy
