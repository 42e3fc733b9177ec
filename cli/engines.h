#pragma once

#include <memory>
#include <string>

#include "model/matrix_engine.h"

namespace ternsim::cli {

/// An engine by name: "cpu", "systemc" or "rtl"; the latter two with the geometry of that RTL configuration. SystemC
/// elaborates once per process.
std::unique_ptr<model::MatrixEngine> make_engine(const std::string& name, const std::string& rtl_config);

}  // namespace ternsim::cli
