#pragma once

#include "base/statistic.h"
#include "energy/energy_model.h"

namespace ternsim::energy {

/// Node "sensitivity": what each uncertain constant alone does to J/token. A child per constant that has a range and
/// changes the result: joules_per_token_low and _high with that constant at either end and all others at mid, `swing`
/// (their distance), `share` (swing over J/token at mid) and the constant's tier; the widest swing first.
///
/// One constant at a time: the ends of a whole range (all constants low, all high) are the ladder's. Throws
/// RequestError as EnergyModel::evaluate does, and on a phase without tokens.
StatisticNode sensitivity_node(const EnergyModel& model, const ActionCounts& counts, double tokens);

}  // namespace ternsim::energy
