#include "explore/timeline_node.h"

#include <fmt/format.h>

namespace ternsim::explore {

namespace {

void add_span(StatisticNode& unit, const TimelineSpan& span) {
  const auto cycles = [](sim::Cycle n) { return static_cast<std::uint64_t>(n); };
  StatisticNode& node = unit.add_child(span.name, "");
  node.add("start", "Cycle of the pass in which the unit turned to it.", Quantity::Cycles, cycles(span.start),
           Tier::Simulated)
      .add("end", "Cycle of the pass in which the unit was free again.", Quantity::Cycles, cycles(span.end),
           Tier::Simulated)
      .add("busy", "The unit works on it.", Quantity::Cycles, cycles(span.busy), Tier::Simulated);
  for (std::size_t i = 0; i < sim::kStalls; ++i)
    if (span.stalls[i] != 0)
      node.add(fmt::format("stall_{}", sim::name_of(static_cast<sim::Stall>(i))), "Stalled in between.",
               Quantity::Cycles, cycles(span.stalls[i]), Tier::Simulated);
}

}  // namespace

StatisticNode timeline_node(const PassTimeline& timeline) {
  const auto count = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  StatisticNode node{"timeline", "Timeline of one pass", {}, {}};
  node.add("pass", "Which of the workload's passes is shown, from 0.", Quantity::Count, count(timeline.index))
      .add("tokens", "Positions that it computes, of each sequence.", Quantity::Count, count(timeline.pass.tokens))
      .add("context", "Positions that each sequence holds before.", Quantity::Count, count(timeline.pass.context))
      .add("batch", "Sequences side by side.", Quantity::Count, count(timeline.pass.batch))
      .add("cycles", "Clock cycles, first command to last result.", Quantity::Cycles, count(timeline.cycles),
           Tier::Simulated);
  for (const TimelineLevel& level : timeline.levels) {
    StatisticNode& at = node.add_child(level.name, level.title);
    for (std::size_t u = 0; u < sim::kUnits; ++u) {
      if (level.units[u].empty()) continue;
      const std::string name(sim::name_of(static_cast<sim::Unit>(u)));
      StatisticNode& unit = at.add_child(name, name);
      unit.tabular = true;
      for (const TimelineSpan& span : level.units[u]) add_span(unit, span);
    }
  }
  return node;
}

}  // namespace ternsim::explore
