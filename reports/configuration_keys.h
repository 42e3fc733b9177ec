#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/statistic.h"

namespace ternsim::reports {

/// What a run was configured with, as keys and values: the statistics of the tree's `configuration`, and each key of
/// the YAML files that it carries ("accelerator.dram.channels" of `accelerator_yaml`), with what the command line put
/// in their place. A text that is no YAML is one value under its own name; what no name of a node holds
/// ('/', control characters) is a space in a key. Empty for a tree without a configuration.
std::vector<std::pair<std::string, std::string>> configuration_keys(const StatisticNode& root);

}  // namespace ternsim::reports
