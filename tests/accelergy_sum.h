#pragma once

#include <string>

#include "base/yaml.h"
#include "energy/accelergy_table.h"

namespace ternsim::test {

/// The sum of count x energy over an action-counts file, in joules, as Accelergy's calculator forms it: component by
/// component and action by action, the price looked up by name and arguments. Throws where the layout is another one.
inline double accelergy_joules(YamlMap counts_root, const energy::EnergyReferenceTable& table) {
  double picojoules = 0;
  YamlMap counts = counts_root.map("action_counts");
  counts.choice("version", {energy::kAccelergyVersion});
  for (YamlMap& component : counts.maps("local")) {
    const std::string name = component.text("name");
    for (YamlMap& action : component.maps("action_counts")) {
      const std::string verb = action.text("name");
      const auto count = static_cast<double>(action.integer("counts", 0, INT64_MAX));
      int width = 0;
      if (action.has("arguments")) {
        YamlMap arguments = action.map("arguments");
        width = static_cast<int>(arguments.integer("width_bits", 1, 1 << 20));
        arguments.finish();
      }
      action.finish();
      bool found = false;
      for (const auto& [key, price] : table.actions())
        if (energy::component_of(key.part) == name && energy::name_of(key.action) == verb && key.width_bits == width) {
          picojoules += count * price;
          found = true;
        }
      for (const auto& [part, price] : table.leaks())
        if (energy::component_of(part) == name && verb == energy::kLeakAction) {
          picojoules += count * price;
          found = true;
        }
      if (!found) action.fail("name", "no price for it");
    }
    component.finish();
  }
  counts.finish();
  counts_root.finish();
  return picojoules / 1e12;
}

}  // namespace ternsim::test
