#include "cli/engines.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/data_paths.h"
#include "model/cpu_engine.h"
#include "rtl/rtl_engine.h"
#include "sim/systemc_engine.h"

namespace ternsim::cli {

std::unique_ptr<model::MatrixEngine> make_engine(const std::string& name, const std::string& rtl_config,
                                                 kernels::ThreadPool* pool) {
  if (name == "cpu") return std::make_unique<model::CpuEngine>(kernels::best_isa(), pool);
  const sim::MatrixGeometry geometry = sim::find_rtl_config(rtl_configs_path(), rtl_config);
  if (name == "systemc") return std::make_unique<sim::SystemCEngine>(geometry);
  if (name == "rtl") return std::make_unique<rtl::RtlEngine>(geometry);
  throw RequestError(fmt::format("unknown engine '{}'; there are: cpu, systemc, rtl", name));
}

}  // namespace ternsim::cli
