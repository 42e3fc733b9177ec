#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "rtl/verilated_unit.h"

namespace ternsim::rtl {

/// A configuration compiled in.
struct RegistryEntry {
  sim::MatrixGeometry geometry;
  std::function<std::unique_ptr<VerilatedUnit>()> make;
};

/// All of them, in the order of rtl/configs.yaml; generated.
const std::vector<RegistryEntry>& verilated_registry();

}  // namespace ternsim::rtl
