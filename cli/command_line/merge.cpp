#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_merge(CLI::App& app) {
  auto* command = app.add_subcommand("merge", "Puts the points of several sweeps' SQLite files into one");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("output", options->output, "SQLite file to write to; points that it holds stay")->required();
  command->add_option("inputs", options->inputs, "SQLite files to take points from")->required();
  command->footer(
      "Files whose points were computed from other inputs, or that have other figures for one design, are refused.\n\n"
      "Examples:\n  ternsim merge edge.db edge-1.db edge-2.db");
  return [command, options] { return *command ? run_merge(*options) : -1; };
}

}  // namespace ternsim::cli
