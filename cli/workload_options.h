#pragma once

#include "cli/options.h"
#include "sim/program/workload.h"

namespace ternsim::cli {

/// The workload with what the command line says in place of the file; its name says so too. Throws RequestError on one
/// without work.
sim::Workload workload_of(const WorkloadOptions& options);

}  // namespace ternsim::cli
