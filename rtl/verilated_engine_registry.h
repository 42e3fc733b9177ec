#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "rtl/verilated_engine.h"

namespace ternsim::rtl {

/// An engine compiled in.
struct EngineEntry {
  sim::EngineGeometry geometry;
  std::function<std::unique_ptr<VerilatedEngine>()> make;
};

/// All of them, in the order of rtl/configs.yaml; generated.
const std::vector<EngineEntry>& verilated_engines();

}  // namespace ternsim::rtl
