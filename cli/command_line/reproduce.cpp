#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"
#include "explore/published_reproduction.h"

namespace ternsim::cli {

std::function<int()> add_reproduce(CLI::App& app) {
  auto* command = app.add_subcommand("reproduce", "Every published figure with ours beside it, and what it leaves out");
  auto options = std::make_shared<ReproduceOptions>();
  command->add_option(
      "--table", options->tables,
      fmt::format("One table, or several: {}; default: all", fmt::join(explore::reproduction_tables(), ", ")));
  command->add_option("--data", options->data, "Folder of the published figures (YAML); default: configs/published");
  command->add_option("--csv", options->csv, "Also write all figures into this file, a row each");
  command->add_option("--markdown", options->markdown, "Also write the tables into this file, as a document");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Exit code 4: a figure that is promised to agree does not.\n"
      "Examples:\n  ternsim reproduce\n  ternsim reproduce --table energy_2b4t --table headline\n"
      "  ternsim reproduce --table weight_formats --json\n"
      "  ternsim reproduce --csv figures.csv --markdown figures.md");
  return [command, options] { return *command ? run_reproduce(*options) : -1; };
}

}  // namespace ternsim::cli
