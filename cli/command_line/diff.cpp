#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_diff(CLI::App& app) {
  auto* command = app.add_subcommand("diff", "What changed between two results, and which parts made the change");
  auto options = std::make_shared<DiffOptions>();
  command->add_option("a", options->a, "Results: a file that --json wrote, or a report's directory")->required();
  command->add_option("b", options->b, "Results to compare with them")->required();
  command->add_option("--rows", options->rows, "Rows of a table at most, largest change first")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_flag("--exit-code", options->exit_code, "End with 1 when anything but what is measured differs");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim simulate --json > a.json\n  ternsim simulate --set dram.channels=8 --json > b.json\n"
      "  ternsim diff a.json b.json\n  ternsim diff --exit-code ternsim-report old-report");
  return [command, options] { return *command ? run_diff(*options) : -1; };
}

}  // namespace ternsim::cli
