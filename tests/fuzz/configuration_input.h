#pragma once

// What an input of fuzz_configuration is, shared with its seeds.
namespace ternsim::fuzz {

/// The first byte of an input, modulo 6, says what the others are.
enum class ConfigurationInput {
  Accelerator = 0,
  Workload = 1,
  Technology = 2,
  ModelShape = 3,
  Sweep = 4,
  Topology = 5,  ///< a SCALE-Sim CSV
};
constexpr int kConfigurationInputs = 6;

}  // namespace ternsim::fuzz
