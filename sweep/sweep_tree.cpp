#include "sweep/sweep_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "sweep/metrics.h"

namespace ternsim::sweep {

namespace {

std::string_view name_of(Method method) {
  return method == Method::Grid ? "grid" : method == Method::Random ? "random" : "nsga2";
}

/// The keys that tell this sweep's designs apart, in the order of its axes.
std::vector<std::string> varied_keys(const Sweep& sweep) {
  std::vector<std::string> keys;
  for (const Axis& axis : sweep.axes)
    for (const Settings& value : axis.values)
      for (const auto& [key, text] : value)
        if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  return keys;
}

/// No store says which constants went in; the weakest claim that a technology file can make is made of what is priced.
Tier tier_of(const Metric& metric) {
  switch (metric.quantity) {
    case Quantity::JoulesPerToken:
    case Quantity::Watts:
    case Quantity::SquareMetres:
      return Tier::Assumed;
    default:
      return Tier::Simulated;
  }
}

StatisticNode design_node(const Point& point, const std::vector<std::string>& keys) {
  const std::string key = key_of(point.settings);
  StatisticNode node{key, "Design " + key, {}, {}};
  const Settings settings = parse_settings(point.settings);
  for (const std::string& varied : keys)
    if (const auto found = settings.find(varied); found != settings.end() && !found->second.empty())
      node.add(varied, "Setting of this design.", Quantity::Text, found->second);
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const Metric& metric = kMetrics[i];
    if (const std::optional<double>& value = point.metrics[i])
      node.add(std::string(metric.name), std::string(metric.description), metric.quantity, *value, tier_of(metric));
  }
  node.add("command", "Simulates this design alone, with all that is known of it.", Quantity::Text,
           simulate_command(settings));
  return node;
}

std::string rules_text(const FrontRules& rules) {
  std::vector<std::string> objectives;
  for (const std::size_t metric : rules.objectives)
    objectives.push_back(
        fmt::format("{} {}", kMetrics[metric].more_is_better ? "most" : "least", kMetrics[metric].name));
  std::string text = fmt::format("{}", fmt::join(objectives, ", "));
  for (const Constraint& c : rules.constraints) {
    const std::string_view name = kMetrics[c.metric].name;
    if (std::isfinite(c.min)) text += fmt::format("; {} at least {}", name, c.min);
    if (std::isfinite(c.max)) text += fmt::format("; {} at most {}", name, c.max);
  }
  return text;
}

}  // namespace

StatisticNode sweep_node(const Sweep& sweep, const Store& store) {
  StatisticNode node{"sweep", sweep.name, {}, {}};
  std::vector<std::string> axes;
  for (const Axis& axis : sweep.axes) axes.push_back(fmt::format("{} ({})", axis.name, axis.values.size()));
  std::vector<std::string> base;
  for (const auto& [key, value] : sweep.fixed)
    base.push_back(fmt::format("{} {}", key, value.empty() ? "left out" : value));
  node.add("method", "How designs were chosen.", Quantity::Text, std::string(name_of(sweep.method)))
      .add("designs", "Combinations of the axes' values.", Quantity::Count, sweep.designs())
      .add("axes", "What was varied, with the number of values.", Quantity::Text,
           fmt::format("{}", fmt::join(axes, ", ")))
      .add("base", "What was the same in all designs, unless an axis has it.", Quantity::Text,
           fmt::format("{}", fmt::join(base, ", ")))
      .add("front_of", "What the front is made of.", Quantity::Text, rules_text(sweep.rules))
      .add("store", "The file with all points.", Quantity::Text, store.path().string())
      .add("stored_points", "Points in it, of this and other sweeps of the same files.", Quantity::Count,
           static_cast<std::uint64_t>(store.size()));
  return node;
}

StatisticNode computed_node(const RunSummary& summary) {
  StatisticNode node{"computed", "This run of the sweep", {}, {}};
  const double seconds = std::max(summary.wall_seconds, 1e-9);
  node.add("planned", "Designs of the sweep, or of its shard.", Quantity::Count, summary.planned)
      .add("computed", "Designs simulated now; the others were in the store.", Quantity::Count, summary.computed)
      .add("failed", "Of these, designs that could not be simulated.", Quantity::Count, summary.failed)
      .add("sweep_seconds", "Wall time of checking and simulating.", Quantity::Seconds, seconds, Tier::Measured)
      .add("processes", "Designs simulated side by side.", Quantity::Count,
           static_cast<std::uint64_t>(summary.processes));
  node.add("cpu_seconds", "Time that cores worked on it.", Quantity::Seconds, summary.cpu_seconds, Tier::Measured);
  if (summary.computed > 0) {
    const double points = static_cast<double>(summary.computed);
    node.add("points_per_hour_per_process", "Points computed / wall time / processes.", Quantity::Count,
             points / seconds * 3600 / summary.processes, Tier::Measured)
        .add("points_per_core_hour", "Points computed / the cores' time: what a core of its own would reach.",
             Quantity::Count, points / std::max(summary.cpu_seconds, 1e-9) * 3600, Tier::Measured);
  }
  return node;
}

StatisticNode front_node(const Front& front, const Sweep& sweep) {
  StatisticNode node{"front", "Pareto front", {}, {}, true};
  node.add("members", "Designs on the front, equal ones counted once.", Quantity::Count,
           static_cast<std::uint64_t>(front.members.size()))
      .add("candidates", "Points with figures within the constraints.", Quantity::Count, front.candidates)
      .add("outside", "Points with figures outside of the constraints.", Quantity::Count, front.outside)
      .add("without", "Points that lack a figure which an objective or constraint needs.", Quantity::Count,
           front.without)
      .add("failed", "Points that could not be simulated; the store has each one's error.", Quantity::Count,
           front.failed);
  const std::vector<std::string> keys = varied_keys(sweep);
  for (const Front::Member& member : front.members) {
    StatisticNode design = design_node(*member.point, keys);
    design.add("equal_designs", "Other designs with the very same objectives.", Quantity::Count, member.equal_designs);
    node.children.push_back(std::move(design));
  }
  return node;
}

StatisticNode points_node(const Front& front, const std::vector<const Point*>& points, const Sweep& sweep) {
  std::set<const Point*> on_front;
  for (const Front::Member& member : front.members) on_front.insert(member.point);
  StatisticNode node{"points", "Points", {}, {}, true};
  const std::vector<std::string> keys = varied_keys(sweep);
  for (const Point* point : points) {
    if (!point->ok()) continue;
    StatisticNode design = design_node(*point, keys);
    design.add("on_front", "Whether no other design is better.", Quantity::Text,
               std::string(on_front.contains(point) ? "yes" : "no"));
    node.children.push_back(std::move(design));
  }
  return node;
}

}  // namespace ternsim::sweep
