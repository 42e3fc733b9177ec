#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_convert(CLI::App& app) {
  auto* command = app.add_subcommand("convert", "Write a model as GGUF with the ternary and embedding types asked for");
  auto options = std::make_shared<ConvertOptions>();
  command
      ->add_option("input", options->input, "'embedded', a GGUF file, a .safetensors file or a checkpoint's directory")
      ->required();
  command->add_option("output", options->output, "GGUF file to write; it appears when it is complete")->required();
  add_write_options(*command, options->write);
  add_read_options(*command, options->read, "--input-i2s-layout");
  command->footer(
      "Examples:\n  ternsim convert bitnet-b1.58-2B-4T/ 2b4t.gguf\n"
      "  ternsim convert model.gguf model-tq1.gguf --type tq1_0 --embedding q6_k\n"
      "  ternsim convert master-weights/ model.gguf --ternarise");
  return [command, options] { return *command ? run_convert(*options) : -1; };
}

}  // namespace ternsim::cli
