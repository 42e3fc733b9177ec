#pragma once

#include <vector>

#include "base/statistic.h"
#include "energy/energy_model.h"

namespace ternsim::energy {

/// One machine's run of the workload, as counted and as priced.
struct MachineRun {
  const ActionCounts& counts;
  const EnergyBreakdown& energy;  ///< of all counts
  const EnergyBreakdown& linear;  ///< of the counts that belong to BitLinears alone, in no time (no leakage)
};

/// FP16 machine over ternary machine, as simulated, everything in the named parts counted. The caller gives both
/// machines the same workload (model, tokens, phases).
///
/// | name                        | of both machines                                                          |
/// |-----------------------------|---------------------------------------------------------------------------|
/// | matrix_unit_energy_ratio    | the matrix unit's own arithmetic                                          |
/// | linear_path_energy_ratio    | everything that BitLinears do: arithmetic, quantise, dequantise, their    |
/// |                             | traffic in every buffer, their weights from DRAM; no leakage              |
/// | whole_machine_energy_ratio  | everything, leakage included                                              |
///
/// Throws RequestError if the two were priced with another technology, DRAM type or corner, if their roles are swapped
/// (the ternary matrix unit may not multiply, the FP16 one must), or if the ternary machine spends nothing in a form.
std::vector<Statistic> energy_ratios(const MachineRun& ternary, const MachineRun& fp16, const Technology& technology);

/// "published_arithmetic_ratio": nothing simulated, 71.4 at 7 nm from three constants. Kept apart from the ratios
/// above, so that nobody takes the one for the other.
Statistic published_ratio_statistic(const Technology& technology);

}  // namespace ternsim::energy
