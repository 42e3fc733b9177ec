#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "base/statistic.h"
#include "energy/energy_model.h"

namespace ternsim::energy {

/// One phase of a run, to be priced.
struct PhaseCounts {
  std::string name;          ///< "prefill" or "decode"
  std::string title;         ///< for people
  std::uint64_t tokens = 0;  ///< positions that the phase computed, over all sequences; J/token divides by it
  const ActionCounts& counts;
};

/// Node "energy" with a child per phase. Of each phase:
///   joules, joules_per_token_low, _mid, _high, average_watts (if it took time), tokens, tier; and a child "parts" with
///   a child per Part: joules, joules_per_token, share, tier (all at the mid corner).
/// `used` receives the names of all constants that went in. Throws RequestError on a phase without tokens and on what
/// `EnergyModel::evaluate` refuses.
StatisticNode energy_node(const EnergyModel& model, std::span<const PhaseCounts> phases, std::set<std::string>& used);

/// Node "area": per Part with any area square_metres, share and tier; and the total.
StatisticNode area_node(const EnergyModel& model);

/// Node "constants": per name in `used`, in the order of the technology file: value (SI), low, high where there is a
/// range, written, unit, source, comment, tier. Throws RequestError on an unknown name.
StatisticNode constants_node(const Technology& technology, const std::set<std::string>& used);

}  // namespace ternsim::energy
