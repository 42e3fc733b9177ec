#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_inspect(CLI::App& app) {
  auto* command = app.add_subcommand("inspect", "What a model file holds, and what is odd about it");
  auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("model", options->model, "'embedded', a GGUF file, a .safetensors file or a checkpoint's directory")
      ->required();
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer("Examples:\n  ternsim inspect model.gguf\n  ternsim inspect bitnet-b1.58-2B-4T/ --json");
  return [command, options] { return *command ? run_inspect(*options) : -1; };
}

}  // namespace ternsim::cli
