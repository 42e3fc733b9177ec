#pragma once

#include <filesystem>

#include "ternsim/error.h"
#include "ternsim/inputs.h"
#include "ternsim/results.h"
#include "ternsim/version.h"

namespace ternsim {

/// One machine that does one piece of work.
struct Experiment {
  Machine machine;
  Model model;
  Workload workload;
  Technology technology;
};

/// Simulates it, with the figures of `ternsim simulate` for the same inputs.
///
/// SystemC runs once per process; each call therefore forks a child, which runs the simulation and sends its counts
/// back, and waits for it. The child shares the memory of this process copy-on-write. Beyond the simulation that costs
/// some milliseconds, more in a process that holds gigabytes.
///
/// May be called from several threads at once: their children run side by side. What another thread of the program
/// is doing when a child is forked matters only where it holds locks of SystemC's or of the C++ library's.
///
/// Throws RequestError: the model does not fit the machine, the technology cannot price it, or this process has built
/// SystemC modules itself. InputError: data files are damaged. MismatchError: a conservation law is broken, which is an
/// error of ternsim. std::bad_alloc and std::runtime_error: the child ran out of memory, or was ended from outside.
Results simulate(const Experiment& experiment);

/// Where configurations and the embedded model are looked for: the environment's TERNSIM_DATA_DIR; else
/// ../share/ternsim from the running program's directory, where that is; else the data of the package that the program
/// was built against. Nothing is checked here: load() says when they are missing.
std::filesystem::path data_directory();

namespace detail {

bool use_package_data(const char* path);
#ifdef TERNSIM_PACKAGE_DATA  // by the target ternsim::ternsim
inline const bool package_data_used = use_package_data(TERNSIM_PACKAGE_DATA);
#endif

}  // namespace detail

}  // namespace ternsim
