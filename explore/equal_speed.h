#pragma once

#include <optional>
#include <string>

#include "explore/machine_study.h"

namespace ternsim::explore {

/// Bytes that the passes of a phase move over the DRAM's bus, and those that no mapping of them moves less than.
struct PhaseTraffic {
  double moved = 0;     ///< what the mapper's commands load and store
  double distinct = 0;  ///< of these, each byte of DRAM once
};
/// Of the workload's prefill, or of its decode passes together, as mapped; nothing is simulated. Errors of the mapper.
PhaseTraffic phase_traffic(const StudyInput& input, const sim::AcceleratorConfig& config, bool prefill);

/// The smallest machine grown from `baseline` that reaches `reference`'s tokens/s (decode where the workload has it,
/// else prefill): first more DRAM channels, up to 32 times, then twice, four, eight times the rows. Empty if none does.
/// `format` names the machine: "FP16" gives "fp16_equal_speed".
///
/// The search relies on more channels never being slower, and simulates no machine whose DRAM could not move the bytes,
/// or whose matrix unit could not do the products, in the time. `baseline` is no ternary machine.
std::optional<Machine> find_equal_speed(const StudyInput& input, const Machine& reference,
                                        const sim::AcceleratorConfig& baseline, const std::string& format);

}  // namespace ternsim::explore
