#pragma once

#include <set>
#include <string>

#include "base/statistic.h"
#include "energy/energy_model.h"

namespace ternsim::energy {

/// What one weight of a linear layer costs where only operations are counted, as the BitNet papers count them.
enum class BareOperation {
  Int8Add,  ///< ternary: one INT8 addition
  Int8Mac,  ///< one INT8 multiplication and one INT8 addition
  Fp16Mac   ///< one FP16 multiplication and one FP16 addition; weights of 4 bits are dequantised to it
};

/// One phase of one machine, to be shown as a ladder.
struct LadderInput {
  const ActionCounts& counts;  ///< of the phase
  double tokens = 0;           ///< positions that the phase computed, over all sequences
  double linear_pairs = 0;     ///< weight-activation pairs of all linear layers in the phase
  BareOperation bare = BareOperation::Int8Add;
  double floor_bits = 0;  ///< bits of DRAM that the phase cannot do without
};

/// Node "ladder": J/token from the papers' arithmetic to the machine, each rung with everything of those before it:
///
/// | child                | adds                                                                        |
/// |----------------------|-----------------------------------------------------------------------------|
/// | published_arithmetic | linear_pairs x the bare operation; nothing simulated                        |
/// | true_widths          | in its place the matrix unit as counted: widths, negations, accumulators    |
/// | sram                 | weight, activation and accumulator SRAM, the store of resident weights      |
/// | other_units          | vector unit, attention unit, LM head                                        |
/// | kv_and_dram          | key-value SRAM, DRAM                                                        |
/// | leakage              | leakage of the whole die over the phase's time                              |
///
/// Each child has joules_per_token_low, _mid and _high, added_joules_per_token (mid, to the rung before) and the tier.
/// The node itself has the physical floor: floor_bits at the DRAM's price a bit. `used` receives the names of the
/// constants that went in. Throws RequestError on a phase without tokens and on what EnergyModel::evaluate refuses.
StatisticNode ladder_node(const EnergyModel& model, const LadderInput& input, std::set<std::string>& used);

/// Adds to each rung of `ladder` its `ratio`: J/token over that of the same rung of `reference`, both at mid; what is
/// left there of the ratio of the bare operations. None where the reference's rung costs nothing.
void add_ratios(StatisticNode& ladder, const StatisticNode& reference);

}  // namespace ternsim::energy
