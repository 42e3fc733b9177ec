#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace ternsim::cli {

// What several commands' command lines share.

inline constexpr const char* kAcceleratorHelp = "Accelerator: a YAML file, or a name in configs/accelerators/";
inline constexpr const char* kModelHelp =
    "Model: 'embedded', a GGUF file, a checkpoint's directory, or a shape (YAML file or name in configs/models/)";
inline constexpr const char* kWorkloadHelp = "Workload: a YAML file, or a name in configs/workloads/";
inline constexpr const char* kTechnologyHelp = "Energy constants: a YAML file, or a name in configs/technologies/";

/// A whole number from 0 up that 64 bits hold; CLI11 by itself would let -1 wrap around.
extern const CLI::Validator kSeed;

/// `layout`: the option's name for the I2_S layout of the file read.
void add_read_options(CLI::App& command, ReadOptions& options, const char* layout);
void add_inference_flags(CLI::App& command, InferenceFlags& flags);
void add_workload_options(CLI::App& command, WorkloadOptions& options);
void add_write_options(CLI::App& command, WriteOptions& options);

}  // namespace ternsim::cli
