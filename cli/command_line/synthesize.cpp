#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_synthesize(CLI::App& app) {
  auto* command = app.add_subcommand("synthesize", "Write a GGUF file of a model's shape with random ternary weights");
  auto options = std::make_shared<SynthesizeOptions>();
  command->add_option("shape", options->shape, "Shape: a YAML file, or a name in configs/models/")->required();
  command->add_option("output", options->output, "File to write")->required();
  command->add_option("--zeros", options->zeros, "Share of zero weights in rows that are not all zero")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--zero-rows", options->zero_rows, "Share of feed-forward neurons with all-zero gate and up rows")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the weights")->check(kSeed)->capture_default_str();
  add_write_options(*command, options->write);
  command->footer(
      "Examples:\n  ternsim synthesize bitnet-b158-2b4t 2b4t.gguf\n"
      "  ternsim synthesize configs/models/bitnet-b158-2b4t.yaml 2b4t.gguf --zeros 0.42 --seed 7 --embedding q6_k\n"
      "The same shape, seed and shares give the same weights in every type.");
  return [command, options] { return *command ? run_synthesize(*options) : -1; };
}

}  // namespace ternsim::cli
