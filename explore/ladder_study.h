#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "explore/machine_study.h"

namespace ternsim::explore {

/// A baseline that could not be built.
struct MissingMachine {
  std::string format;     ///< "FP16"
  std::string condition;  ///< "speed" or "area"
  std::string reason;
};

/// The machines whose energy per token is held side by side, rung by rung.
struct LadderMachines {
  std::vector<Machine> machines;  ///< the accelerator first
  std::vector<MissingMachine> missing;
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

/// Node of one machine in one phase: its size, rate, area by part (energy::area_node) and energy::ladder_node. `used`
/// receives the names of the constants that went in.
StatisticNode machine_ladder_node(const StudyInput& input, const Machine& machine, bool prefill,
                                  std::set<std::string>& used);

/// Node "ladders": a child per phase, in it machine_ladder_node of each machine with its energy::sensitivity_node, and
/// in the rungs of all but the first their `ratio` to the first one's. `used` as above.
StatisticNode ladders_node(const StudyInput& input, const LadderMachines& machines, std::set<std::string>& used);

}  // namespace ternsim::explore
