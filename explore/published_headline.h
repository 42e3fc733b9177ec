#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/statistic.h"
#include "energy/published_table.h"
#include "energy/technology.h"
#include "explore/machine_runs.h"
#include "model/graph.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/workload.h"

namespace ternsim::explore {

/// `configs/published/headline.yaml` with everything it names: what the quoted figures are held against.
struct Headline {
  std::string title;
  energy::PublishedTable table;
  energy::PublishedEntry entry;  ///< of a BitNet pass, in joules
  model::Graph graph;            ///< of the entry's model
  sim::AcceleratorConfig ternary;
  sim::AcceleratorConfig fp16;
  sim::Workload workload;  ///< the entry's pass, and tokens decoded behind it
};

/// `configs` holds accelerators/ and models/. Throws InputError on anything missing, unknown or out of range, on an
/// entry that is no BitNet pass, and on a model whose dimensions are not the entry's.
Headline load_headline(const std::filesystem::path& path, const std::filesystem::path& configs,
                       const std::filesystem::path& rtl_configs);

/// Runs both machines (`step` is called after each) and returns node "headline" with tabular children: "formula", what
/// the published joules are made of; "machine", the same pass on the ternary machine by part; "ratios", the
/// published 71.4 beside the simulated ones.
StatisticNode headline_node(const Headline& headline, const energy::Technology& technology, MachineRuns& machines,
                            const std::function<void()>& step);

}  // namespace ternsim::explore
