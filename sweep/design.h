#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "energy/technology.h"
#include "model/graph.h"
#include "sim/functional_operands.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/workload.h"
#include "sweep/metrics.h"
#include "sweep/settings.h"
#include "sweep/sweep_file.h"

namespace ternsim::sweep {

/// A model's operators, and its weights where a file has them.
struct LoadedModel {
  model::Graph graph;
  sim::WeightTable weights;           ///< empty of a shape: timing only
  std::shared_ptr<const void> owner;  ///< of what the weights point at
};

/// What a sweep takes from outside. All throw InputError.
struct Sources {
  /// The file of a name; kinds are the folders of configs/: "accelerators", "workloads", "technologies".
  std::function<std::filesystem::path(const std::string& kind, const std::string& name)> find;
  std::function<std::filesystem::path(const std::string& name)> find_model;
  std::function<LoadedModel(const std::filesystem::path& path, std::span<const YamlOverride> overrides)> load_model;
  std::filesystem::path rtl_configs;
};

/// Designs from settings: reads their files, keeping models and technologies, and simulates them.
class Designs {
 public:
  Designs(Sources sources, Origins origins) : sources_(std::move(sources)), origins_(std::move(origins)) {}

  /// The machine, and the work, that settings say. Throws InputError.
  sim::AcceleratorConfig accelerator(const Settings& settings) const;
  sim::Workload workload(const Settings& settings) const;
  /// Reads the model and the technology unless an earlier design had the same. Throws InputError.
  void load_shared(const Settings& settings);

  /// The figures that `ternsim simulate` prints for this design, whose shared files are loaded. Elaborates SystemC:
  /// once per process. Throws Error as the readers and sim::simulate do.
  Metrics simulate(const Settings& settings) const;

  /// What the points of a sweep are computed from, "accelerator edge-lpddr5x" for instance and this program itself, and
  /// a hash of its content.
  std::map<std::string, std::string> input_digests(const Sweep& sweep) const;

 private:
  std::filesystem::path file_of(const std::string& key, const std::string& name) const;

  Sources sources_;
  Origins origins_;
  std::map<std::string, LoadedModel> models_;               // by name and overrides
  std::map<std::string, energy::Technology> technologies_;  // by name
};

/// Reads designs of the sweep, each value of each axis in some. Throws InputError when no design tried with a value can
/// be read and it is that value which the reader stops at (unknown key, wrong type, out of range), or when no design
/// can be read at all; a value that only some designs refuse is theirs to report.
void check_designs(const Sweep& sweep, Designs& designs);

}  // namespace ternsim::sweep
