#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_generate(CLI::App& app) {
  auto* command = app.add_subcommand("generate", "Write text with the bit-exact reference, SystemC or RTL engine");
  auto options = std::make_shared<GenerateOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")
      ->capture_default_str();
  command->add_option("-p,--prompt", options->prompt, "Text to continue")->required();
  command->add_option("-n,--tokens", options->count, "Tokens to write")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--engine", options->engine, "Who computes the ternary products")
      ->check(CLI::IsMember({"cpu", "systemc", "rtl"}))
      ->capture_default_str();
  command->add_option("--rtl-config", options->rtl_config, "Matrix unit of systemc and rtl, from rtl/configs.yaml")
      ->capture_default_str();
  command->add_option("--temperature", options->temperature, "0: greedy")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--top-k", options->top_k, "Only the k most probable tokens; 0: all")->capture_default_str();
  command->add_option("--top-p", options->top_p, "Only the most probable tokens that hold this share")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the sampling")->check(kSeed)->capture_default_str();
  add_inference_flags(*command, options->inference);
  command->add_flag("--json", options->json, "Print a JSON object instead of the text");
  command->footer(
      "Examples:\n  ternsim generate -p \"Once upon a time\" -n 100\n"
      "  ternsim generate model.gguf -p \"The cat\" --engine rtl -n 16\n"
      "  ternsim generate -p \"One day\" --temperature 0.8 --top-k 40 --seed 7 --json");
  return [command, options] { return *command ? run_generate(*options) : -1; };
}

}  // namespace ternsim::cli
