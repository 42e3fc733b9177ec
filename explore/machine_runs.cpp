#include "explore/machine_runs.h"

#include <fmt/format.h>

namespace ternsim::explore {

std::shared_ptr<const Machine> MachineRuns::run(const StudyInput& input, const sim::AcceleratorConfig& config) {
  const sim::Workload& w = input.workload;
  const std::string key =
      fmt::format("{} {} {} | {} {} | {} {} {} {} {}", config.where(), config.name, config.matrix.group_size,
                  input.graph.shape.name, model::name_of(input.graph.shape.embedding_type), w.prefill_tokens,
                  w.decode_tokens, w.context, w.batch, w.zero_share);
  std::shared_ptr<const Machine>& run = runs_[key];
  if (!run) run = std::make_shared<const Machine>(simulate_machine(input, config.name, config.name, config));
  return run;
}

}  // namespace ternsim::explore
