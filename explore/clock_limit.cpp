#include "explore/clock_limit.h"

#include <fmt/format.h>

#include "base/yaml.h"

namespace ternsim::explore {

ClockLimits ClockLimits::load(const std::filesystem::path& path) {
  YamlMap root = YamlMap::load(path);
  ClockLimits out;
  out.name_ = root.text("name");
  root.text("description");
  root.choice("tier", {"synthesised"});
  root.choice("unit", {"Hz"});
  if (root.text("source").empty()) root.fail("source", "is empty: say what was synthesised with which cells");
  for (YamlMap entry : root.maps("adder_trees")) {
    ClockLimit limit;
    limit.lanes = static_cast<int>(entry.integer("lanes", 2, 1 << 20));
    limit.tree_levels_per_stage = static_cast<int>(entry.integer("tree_levels_per_stage", 1, 20));
    limit.clock_hz = entry.number("value", 1e6, 1e11);
    entry.finish();
    out.limits_.push_back(limit);
  }
  root.finish();
  return out;
}

std::string ClockLimits::exceeded(const sim::AcceleratorConfig& config) const {
  if (config.matrix.datapath != sim::DatapathKind::AdderTree) return {};
  const ClockLimit* nearest = nullptr;
  for (const ClockLimit& limit : limits_) {
    if (limit.tree_levels_per_stage != config.matrix.geometry.tree_levels_per_stage) continue;
    if (limit.lanes > config.matrix.geometry.lanes) continue;
    if (nearest == nullptr || limit.lanes > nearest->lanes) nearest = &limit;
  }
  if (nearest == nullptr || config.clock_hz <= nearest->clock_hz) return {};
  return fmt::format(
      "{}: clock_hz is {:.2f} GHz, and in synthesis ({}) an adder tree of {} lanes with {} levels a stage reached "
      "{:.2f} "
      "GHz before placement: use fewer tree_levels_per_stage or a slower clock",
      config.where(), config.clock_hz / 1e9, name_, nearest->lanes, nearest->tree_levels_per_stage,
      nearest->clock_hz / 1e9);
}

}  // namespace ternsim::explore
