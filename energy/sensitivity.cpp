#include "energy/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"

namespace ternsim::energy {

namespace {

struct Swing {
  const Constant* constant;
  double low;
  double high;
  double width() const { return std::abs(high - low); }
};

}  // namespace

StatisticNode sensitivity_node(const EnergyModel& model, const ActionCounts& counts, double tokens) {
  if (!(tokens > 0)) throw RequestError("a sensitivity needs tokens to divide its energy by");
  StatisticNode node{"sensitivity", "What each uncertain constant does", {}, {}};
  node.tabular = true;
  const EnergyBreakdown mid = model.evaluate(counts, Corner::Mid);
  const double joules = mid.joules() / tokens;
  node.add("joules_per_token_mid", "All constants at the middle of their ranges.", Quantity::JoulesPerToken, joules,
           mid.tier());
  std::vector<Swing> swings;
  for (const std::string& name : mid.constants) {
    const Constant& constant = model.technology().constant(name);
    if (constant.low == constant.high) continue;
    const auto at = [&](Corner corner) {
      const EnergyModel pinned(model.technology().pinned(name, corner), model.inventory(), model.dram_type());
      return pinned.evaluate(counts, Corner::Mid).joules() / tokens;
    };
    const Swing swing{&constant, at(Corner::Low), at(Corner::High)};
    if (swing.width() > 0) swings.push_back(swing);
  }
  std::ranges::stable_sort(swings, std::ranges::greater{}, &Swing::width);
  for (const Swing& swing : swings) {
    const Constant& c = *swing.constant;
    const auto end = [&](std::string_view which) {
      return fmt::format("J/token with {} at the {} end of its range, {}, and all others at mid.", c.name, which,
                         c.written);
    };
    node.add_child(c.name, c.name)
        .add("joules_per_token_low", end("low"), Quantity::JoulesPerToken, swing.low, c.tier)
        .add("joules_per_token_high", end("high"), Quantity::JoulesPerToken, swing.high, c.tier)
        .add("swing", "Distance of the two.", Quantity::JoulesPerToken, swing.width(), c.tier)
        .add("share", "Swing over J/token with all constants at mid.", Quantity::Ratio,
             joules > 0 ? swing.width() / joules : 0.0, c.tier)
        .add("tier", "How well the constant is supported.", Quantity::Text, std::string(name_of(c.tier)), c.tier);
  }
  return node;
}

}  // namespace ternsim::energy
