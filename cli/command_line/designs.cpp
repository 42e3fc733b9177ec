#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_designs(CLI::App& app) {
  auto* command = app.add_subcommand("designs", "Published accelerators, simulated from their published parameters");
  auto options = std::make_shared<DesignsOptions>();
  command->add_option("file", options->file, "Designs: a YAML file; default: configs/published/designs.yaml");
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Exit code 4: a design whose parameters are all published comes out outside of its tolerance.\n"
      "Examples:\n  ternsim designs\n  ternsim designs --json");
  return [command, options] { return *command ? run_designs(*options) : -1; };
}

}  // namespace ternsim::cli
