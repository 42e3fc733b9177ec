#pragma once

#include <filesystem>
#include <string>

#include "sim/program/accelerator_config.h"

namespace ternsim::test {

/// A machine of configs/accelerators/.
inline sim::AcceleratorConfig shipped_machine(const std::string& name) {
  const std::filesystem::path source = TERNSIM_SOURCE_DIR;
  return sim::load_accelerator(source / "configs/accelerators" / (name + ".yaml"), source / "rtl/configs.yaml");
}

/// The default one.
inline sim::AcceleratorConfig edge() { return shipped_machine("edge-lpddr5x"); }

}  // namespace ternsim::test
