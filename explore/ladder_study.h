#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "explore/machine_study.h"

namespace ternsim::explore {

/// The machines whose energy per token is held side by side, rung by rung.
struct LadderMachines {
  std::vector<Machine> machines;     ///< the accelerator first
  std::vector<std::string> missing;  ///< one sentence each: machines that could not be built, and why
};

/// The accelerator, and beside a ternary one the FP16, INT8 and W4A16 machines with everything else as it has it:
///
/// - `<format>_equal_speed`: grown until it makes at least as many tokens a second (find_equal_speed);
/// - `<format>_equal_area`: with as many rows in its matrix unit as the ternary machine's die has room for, at least
///   one; buffers and DRAM stay.
///
/// `progress` hears which share of the machines is done. Throws RequestError where the accelerator itself cannot run
/// the workload; a baseline that cannot is named in `missing`.
LadderMachines ladder_machines(const StudyInput& input, const sim::AcceleratorConfig& accelerator,
                               const std::function<void(double)>& progress = {});

/// Node "ladders": a child per phase, in it a child per machine with its size, rate, energy::ladder_node and
/// energy::sensitivity_node. `used` receives the names of the constants that went in.
StatisticNode ladders_node(const StudyInput& input, const LadderMachines& machines, std::set<std::string>& used);

}  // namespace ternsim::explore
