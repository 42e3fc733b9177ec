#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_front(CLI::App& app) {
  auto* command = app.add_subcommand("front", "The front of the designs in a sweep's SQLite file");
  auto options = std::make_shared<FrontOptions>();
  command->add_option("store", options->store, "SQLite file that 'ternsim sweep' or 'ternsim merge' wrote")->required();
  command->add_option("--html", options->html, "File for a page with all points, to explore");
  command->add_option("--rows", options->rows, "Designs of the front that are printed, at most")->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Objectives and constraints are those of the sweep that was run last.\n\n"
      "Examples:\n  ternsim front edge.db\n  ternsim front edge.db --html edge.html --json");
  return [command, options] { return *command ? run_front(*options) : -1; };
}

}  // namespace ternsim::cli
