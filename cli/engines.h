#pragma once

#include <memory>
#include <string>

#include "kernels/thread_pool.h"
#include "model/matrix_engine.h"

namespace ternsim::cli {

/// An engine by name: "cpu", "systemc" or "rtl"; the latter two with the geometry of that RTL configuration. SystemC
/// elaborates once per process. The CPU's kernels share their rows out to the threads of `pool`, if any.
std::unique_ptr<model::MatrixEngine> make_engine(const std::string& name, const std::string& rtl_config,
                                                 kernels::ThreadPool* pool = nullptr);

}  // namespace ternsim::cli
