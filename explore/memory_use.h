#pragma once

#include <string>

#include "explore/machine_study.h"

namespace ternsim::explore {

/// Adds what of the workload's weights, keys and values stands where, and what the DRAM holds. The machine must have
/// passed the mapper: throws RequestError as it does.
void add_memory_use(StatisticNode& machine, const StudyInput& input, const sim::AcceleratorConfig& config);

/// One line for people where the DRAM is too small for the workload; empty where it is not.
std::string shortage(const StudyInput& input, const sim::AcceleratorConfig& config);

}  // namespace ternsim::explore
