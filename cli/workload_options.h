#pragma once

#include <span>

#include "base/yaml.h"
#include "cli/options.h"
#include "sim/program/workload.h"

namespace ternsim::cli {

/// The workload with what the command line says in place of the file, `overrides` first; its name says so too. Throws
/// RequestError on one without work.
sim::Workload workload_of(const WorkloadOptions& options, std::span<const YamlOverride> overrides = {});

}  // namespace ternsim::cli
