#include "energy/comparison.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include "base/error.h"
#include "energy/analytic.h"

namespace ternsim::energy {

namespace {

constexpr std::array<Part, 1> kMatrixUnit{Part::Matrix};
constexpr std::array<Part, 11> kWholeMachine{
    Part::Matrix,          Part::Vector, Part::Attention,       Part::LmHead, Part::WeightSram, Part::ActivationSram,
    Part::AccumulatorSram, Part::KvSram, Part::ResidentWeights, Part::Dram,   Part::Leakage};

/// True if the matrix unit did any of these actions.
bool matrix_did(const ActionCounts& counts, std::initializer_list<Action> actions) {
  for (const auto& [key, count] : counts.counts) {
    if (key.part != Part::Matrix || count == 0) continue;
    for (const Action action : actions) {
      if (key.action == action) return true;
    }
  }
  return false;
}

void check_comparable(const MachineRun& ternary, const MachineRun& fp16, const Technology& technology) {
  const EnergyBreakdown& a = ternary.energy;
  const EnergyBreakdown& b = fp16.energy;
  if (a.technology != b.technology || a.dram_type != b.dram_type || a.corner != b.corner)
    throw RequestError(fmt::format("energies of different conditions cannot be compared: {}, {}, {} and {}, {}, {}",
                                   a.technology, a.dram_type, name_of(a.corner), b.technology, b.dram_type,
                                   name_of(b.corner)));
  if (a.technology != technology.name())
    throw RequestError(
        fmt::format("the energies were priced with '{}', not with '{}'", a.technology, technology.name()));
  if (matrix_did(ternary.counts, {Action::IntMul, Action::Fp16Mul, Action::Fp32Mul}))
    throw RequestError("the ternary machine's matrix unit multiplied: are the two machines swapped?");
  if (!matrix_did(fp16.counts, {Action::Fp16Mul}))
    throw RequestError("the FP16 machine's matrix unit did no FP16 multiplication: are the two machines swapped?");
}

Statistic ratio(const EnergyBreakdown& ternary, const EnergyBreakdown& fp16, std::span<const Part> parts,
                std::string name, std::string description) {
  double numerator = 0;
  double denominator = 0;
  Tier tier = Tier::Simulated;
  for (const Part part : parts) {
    const PartEnergy& above = fp16.parts.at(part);
    const PartEnergy& below = ternary.parts.at(part);
    numerator += above.joules;
    denominator += below.joules;
    tier = weaker(tier, weaker(above.tier, below.tier));
  }
  if (denominator <= 0) throw RequestError(fmt::format("{}: the ternary machine spent no energy there", name));
  return {std::move(name), std::move(description), Quantity::Ratio, numerator / denominator, tier};
}

}  // namespace

std::vector<Statistic> energy_ratios(const MachineRun& ternary, const MachineRun& fp16, const Technology& technology) {
  check_comparable(ternary, fp16, technology);
  const std::string condition = fmt::format(" Constants of {}, {} DRAM, {} corner.", technology.name(),
                                            ternary.energy.dram_type, name_of(ternary.energy.corner));
  return {
      ratio(ternary.energy, fp16.energy, kMatrixUnit, "matrix_unit_energy_ratio",
            "As simulated: energy of the FP16 machine's matrix unit over that of the ternary one's for the same "
            "workload; every negation, addition, gated addition and multiplication inside of the matrix unit at its "
            "real width, "
            "no memory, no leakage." +
                condition),
      ratio(
          ternary.linear, fp16.linear, kWholeMachine, "linear_path_energy_ratio",
          "As simulated: all that the linear layers cost on the FP16 machine over the same on the ternary one, for the "
          "same workload: their arithmetic, quantise and dequantise, their traffic in weight, activation and "
          "accumulator "
          "SRAM, and their weights from DRAM; no LM head, attention, norms, KV cache or leakage." +
              condition),
      ratio(ternary.energy, fp16.energy, kWholeMachine, "whole_machine_energy_ratio",
            "As simulated: all energy of the FP16 machine, leakage and DRAM included, over that of the ternary machine "
            "for the same workload and tokens." +
                condition),
  };
}

Statistic published_ratio_statistic(const Technology& technology) {
  Tier tier = Tier::Published;
  for (const char* name : {"fp16_add", "fp16_mul", "int8_add"}) tier = weaker(tier, technology.constant(name).tier);
  return {
      "published_arithmetic_ratio",
      fmt::format("Not simulated: (FP16 add + FP16 multiplication) / INT8 add, one bare operation of each, no wider "
                  "sum, no memory; constants of {}. Papers quote it as 71.4 at 7 nm (arXiv 2402.17764, Fig. 3).",
                  technology.name()),
      Quantity::Ratio, published_ratio(technology), tier};
}

}  // namespace ternsim::energy
