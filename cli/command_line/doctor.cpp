#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_doctor(CLI::App& app) {
  auto* command = app.add_subcommand("doctor", "What this machine has, and what that means for each command");
  auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer("Examples:\n  ternsim doctor\n  ternsim doctor --json");
  return [command, options] { return *command ? run_doctor(*options) : -1; };
}

}  // namespace ternsim::cli
