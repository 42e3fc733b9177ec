#pragma once

#include "energy/action_counts.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// What stands on the die of this configuration, for area and leakage.
energy::Inventory inventory_of(const AcceleratorConfig& config);

}  // namespace ternsim::sim
