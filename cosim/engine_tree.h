#pragma once

#include <span>
#include <string>

#include "base/statistic.h"
#include "cosim/engine_run.h"

namespace ternsim::cosim {

/// Node "generation": what was generated, one child per engine, and the verdict. `verdict` is empty when all agree,
/// else the difference in words.
StatisticNode generation_node(std::span<const EngineRun> runs, const std::string& model, const std::string& prompt,
                              const std::string& text, const std::string& verdict);

/// "tokens identical: cpu = systemc = rtl", or "NOT identical: ...".
std::string verdict_line(std::span<const EngineRun> runs, const std::string& verdict);

}  // namespace ternsim::cosim
