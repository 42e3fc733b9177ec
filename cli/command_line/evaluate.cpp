#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_evaluate(CLI::App& app) {
  auto* command =
      app.add_subcommand("evaluate", "A model card's figures from the weights: bits per byte, zeros, stories");
  auto options = std::make_shared<EvaluateOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")
      ->capture_default_str();
  command->add_option("text", options->text,
                      "Stories separated by lines '<|endoftext|>'; default: the held-out slice of the embedded model");
  command->add_option("--stories", options->stories, "Sample stories to write")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the first sample story")->check(kSeed)->capture_default_str();
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer("Examples:\n  ternsim evaluate\n  ternsim evaluate model.gguf heldout.txt --stories 0 --json");
  return [command, options] { return *command ? run_evaluate(*options) : -1; };
}

}  // namespace ternsim::cli
