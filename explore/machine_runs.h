#pragma once

#include <map>
#include <memory>
#include <string>

#include "explore/machine_study.h"

namespace ternsim::explore {

/// Simulated machines by what was simulated, so that tables which need the same run share it.
///
/// Contract: two machines of one file (`origin`) and name differ in nothing but the group size of their weights, and
/// two shapes of one name in nothing but the type of their embedding; the workloads are timing only.
class MachineRuns {
 public:
  /// The machine's run, simulated in a process of its own at the first call. Errors as simulate_machine's.
  std::shared_ptr<const Machine> run(const StudyInput& input, const sim::AcceleratorConfig& config);

 private:
  std::map<std::string, std::shared_ptr<const Machine>> runs_;
};

}  // namespace ternsim::explore
