#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/statistic.h"
#include "energy/technology.h"
#include "model/graph.h"
#include "sim/functional_operands.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/workload.h"
#include "ternsim/inputs.h"
#include "ternsim/results.h"

namespace ternsim {

// What stands behind the public types. It does not change once it is shared.

struct MachineBody {
  std::filesystem::path path;
  Settings settings;
  sim::AcceleratorConfig config;
};

struct ModelBody {
  std::filesystem::path path;
  Settings settings;
  model::Graph graph;
  sim::WeightTable weights;           ///< empty of a shape
  std::shared_ptr<const void> owner;  ///< of what the weights point at
};

struct WorkloadBody {
  std::filesystem::path path;
  Settings settings;
  sim::Workload workload;
};

struct TechnologyBody {
  energy::Technology technology;
};

struct ResultsBody {
  StatisticNode tree;  ///< root of explore::simulation_tree
  std::vector<std::string> notes;
  double wall_seconds = 0;
};

/// The one who may look behind them.
struct Bodies {
  template <typename Public>
  static const auto& of(const Public& object) {
    return *object.body_;
  }
  template <typename Public, typename Body>
  static Public make(Body body) {
    return Public(std::make_shared<const Body>(std::move(body)));
  }
};

}  // namespace ternsim
