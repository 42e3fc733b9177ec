#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/program/accelerator_config.h"

namespace ternsim::explore {

/// The fastest clock of one synthesised adder tree.
struct ClockLimit {
  int lanes = 0;
  int tree_levels_per_stage = 0;
  double clock_hz = 0;
};

/// Clocks that synthesis reached, a file of configs/technologies/*-timing.yaml.
class ClockLimits {
 public:
  /// Reads the file strictly. Throws InputError, naming file, line and key; a source and the tier `synthesised` must be
  /// there.
  static ClockLimits load(const std::filesystem::path& path);

  /// One line for people when the accelerator's clock is above what its adder tree reached; empty when it is not, when
  /// the datapath is another, and when no tree with as many levels a stage was synthesised. Of several, the widest that
  /// is no wider than the accelerator's counts: wider adders are not faster, so that nothing is noted that would not
  /// be with a tree of the very width.
  std::string exceeded(const sim::AcceleratorConfig& config) const;

  const std::vector<ClockLimit>& all() const { return limits_; }

 private:
  std::string name_;
  std::vector<ClockLimit> limits_;
};

}  // namespace ternsim::explore
