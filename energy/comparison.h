#pragma once

#include <vector>

#include "base/statistic.h"
#include "energy/energy_model.h"

namespace ternsim::energy {

/// One machine's run of the workload, as counted and as priced.
struct MachineRun {
  const ActionCounts& counts;
  const EnergyBreakdown& energy;
};

/// FP16 machine over ternary machine, as simulated, everything in the named parts counted. The caller gives both
/// machines the same workload (model, tokens, phases).
///
/// | name                        | parts of both machines                                                  |
/// |-----------------------------|-------------------------------------------------------------------------|
/// | matrix_unit_energy_ratio    | matrix                                                                  |
/// | linear_path_energy_ratio    | matrix, weight_sram, activation_sram, accumulator_sram, dram            |
/// | whole_machine_energy_ratio  | all, leakage included                                                   |
/// | published_arithmetic_ratio  | none: 71.4 at 7 nm from three constants, for reference                  |
///
/// The buffers and DRAM are shared, so the second form also holds their traffic for the LM head, the vector unit, the
/// attention unit and the KV cache, which no count tells apart. Where both machines move the same bits for these, that
/// pulls the ratio towards 1, never away from it.
///
/// Throws RequestError if the two were priced with another technology, DRAM type or corner, if their roles are swapped
/// (the ternary matrix unit may not multiply, the FP16 one must), or if the ternary machine spends nothing in a form.
std::vector<Statistic> energy_ratios(const MachineRun& ternary, const MachineRun& fp16, const Technology& technology);

}  // namespace ternsim::energy
