#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/statistic.h"

namespace ternsim::explore {

/// Where the published figures and what they are held against stand.
struct ReproductionPaths {
  std::filesystem::path published;    ///< configs/published, or a folder like it
  std::filesystem::path configs;      ///< accelerators/, models/, technologies/
  std::filesystem::path rtl_configs;  ///< rtl/configs.yaml
};

struct Reproduction {
  StatisticNode node;               ///< "reproduction": a summary, then a child for each table
  std::vector<std::string> broken;  ///< tables that do not keep what they promise
};

/// Tables by name, in the order of the report: the operation-level ones first, then those that are simulated.
const std::vector<std::string>& reproduction_tables();

/// Every published figure with ours beside it, the difference and a verdict. `wanted`: names of `reproduction_tables`;
/// empty for all. Simulations run in child processes and are deterministic; a progress line shows them. Throws
/// InputError and RequestError of the files and machines, and RequestError on a name that is no table.
Reproduction reproduce_published(const ReproductionPaths& paths, const std::set<std::string>& wanted);

}  // namespace ternsim::explore
