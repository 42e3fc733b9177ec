#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cosim/validation_cases.h"
#include "rtl/verilated_engine.h"
#include "sim/engine_model.h"

namespace ternsim::cosim {

/// What is compared; docs/validation.md says how.
enum class ValidationGroup {
  UnitTile,        ///< one product: sim::SystemCEngine, rtl::RtlEngine
  Program,         ///< programs on the engine, streams always willing
  StalledProgram,  ///< programs on the engine, streams that stall
  MemoryProgram,   ///< weights from DRAM: closed form in front of the model, every burst in front of the RTL
  Accelerator      ///< the same, sim::Accelerator with loads and products in the place of the model
};
inline constexpr std::size_t kValidationGroups = 5;
std::string_view name_of(ValidationGroup group);

/// One program on both sides. Of UnitTile and Accelerator only `elapsed` is compared.
struct ValidationRow {
  ValidationGroup group = ValidationGroup::UnitTile;
  std::string config;
  std::string program;
  std::string streams;  ///< weights, activations, results
  sim::EngineCycles systemc;
  sim::EngineCycles rtl;

  bool counters() const { return group != ValidationGroup::UnitTile && group != ValidationGroup::Accelerator; }
  bool equal() const { return systemc == rtl; }
  /// |SystemC - RTL| / RTL, of the elapsed cycles.
  double error() const;
};

/// The model and a Verilated engine, side by side on one case; a case with a memory: the model behind `row_segment`,
/// the engine behind `per_burst`. Throws as EngineModel::run and run_rtl.
ValidationRow compare(sim::EngineModel& model, rtl::VerilatedEngine& engine, const EngineCase& a_case);

/// Runs comparisons on some configurations of rtl/configs.yaml. Elaborates SystemC: one a process.
class Validation {
 public:
  /// `configs`: names of configurations; empty: all. `source`: the directory that holds rtl/ and configs/.
  Validation(const std::filesystem::path& source, const std::vector<std::string>& configs);
  ~Validation();

  /// `count` random programs of that group on each configuration, from the seed alone. `progress` hears of each.
  std::vector<ValidationRow> run(ValidationGroup group, int count, std::uint64_t seed,
                                 const std::function<void()>& progress = {});

 private:
  struct Machine;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<sim::DramConfig> memories_;
};

}  // namespace ternsim::cosim
