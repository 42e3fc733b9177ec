#include <utility>

#include "api/bodies.h"
#include "api/data_paths.h"
#include "base/library_lock.h"
#include "base/progress.h"
#include "explore/clock_limit.h"
#include "explore/machine_study.h"
#include "explore/simulation_tree.h"
#include "ternsim/ternsim.h"

/// SystemC's library wants this symbol. A program that has its own keeps it.
extern "C" __attribute__((weak)) int sc_main(int, char**) { return 0; }

namespace ternsim {

const char* version() noexcept { return TERNSIM_VERSION_TEXT; }

std::filesystem::path data_directory() {
  const LibraryLock inside;
  return api::choose_data().path;
}

bool detail::use_package_data(const char* path) {
  api::use_data(path, "the package that this was built against");
  return true;
}

Results simulate(const Experiment& experiment) {
  const LibraryLock inside;
  Progress::silence();
  const ModelBody& model = Bodies::of(experiment.model);
  const sim::AcceleratorConfig& config = Bodies::of(experiment.machine).config;
  explore::StudyInput input{
      model.graph, Bodies::of(experiment.workload).workload, Bodies::of(experiment.technology).technology, {}};
  input.operands.weights = model.weights;
  const explore::ClockLimits limits = explore::ClockLimits::load(api::find_config("synthesis", "asap7-timing"));
  const explore::Machine machine = explore::simulate_machine(input, "machine", config.name, config);
  return Bodies::make<Results>(ResultsBody{explore::simulation_tree(input, machine),
                                           explore::simulation_notes(input, config, limits), machine.wall_seconds});
}

}  // namespace ternsim
