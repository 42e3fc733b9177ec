#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "energy/accelergy_table.h"
#include "energy/energy_model.h"

namespace ternsim::energy {

/// One phase of a run.
struct AccelergyPhase {
  std::string name;  ///< "prefill" or "decode", of the file
  const ActionCounts& counts;
  std::uint64_t cycles = 0;  ///< of the clock: how often each component leaks
};

/// Prices of everything that the phases count on a machine, at one corner: of a technology file's machine, the leakage
/// of a part is its area x density / `clock_hz`; of one that an ERT prices, the ERT's own figures, unchanged. Throws as
/// EnergyModel::rate does, and RequestError on a clock that is not above zero.
EnergyReferenceTable reference_table(const EnergyModel& model, std::span<const AccelergyPhase> phases, Corner corner,
                                     double clock_hz);

/// Accelergy's area reference table (ART): um2 of each part that has any or that `table` prices.
std::string area_reference_text(const EnergyModel& model, const EnergyReferenceTable& table);

/// Accelergy's action counts of one phase: every count of it, and `leak` of each component that leaks in `table`, once
/// a cycle. The sum of count x energy over the file is the joules of the phase.
std::string action_counts_text(const EnergyReferenceTable& table, const AccelergyPhase& phase);

struct AccelergyFile {
  std::string name;
  std::string text;
};
/// ERT.yaml, ART.yaml and action_counts-<phase>.yaml for each phase.
std::vector<AccelergyFile> accelergy_files(const EnergyModel& model, std::span<const AccelergyPhase> phases,
                                           Corner corner, double clock_hz);

/// Throws InputError naming the first price that `table` lacks, which phase counts it how often, and how many more are
/// missing.
void require_prices(const EnergyReferenceTable& table, std::span<const AccelergyPhase> phases);

}  // namespace ternsim::energy
