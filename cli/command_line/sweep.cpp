#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_sweep(CLI::App& app) {
  auto* command = app.add_subcommand("sweep", "Simulates many designs into one SQLite file, and prints their front");
  auto options = std::make_shared<SweepOptions>();
  command->add_option("sweep", options->file, "Sweep: a YAML file, or a name in configs/sweeps/")->required();
  command->add_option("-o,--store", options->store,
                      "SQLite file for the points; what it holds already is not computed again; default: the sweep's "
                      "name with .db, here");
  command->add_option("-j,--jobs", options->jobs, "Designs simulated side by side; 0: as many as there are cores")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command->add_option("--shard", options->shard, "I/N: only the I-th of N parts; 'ternsim merge' puts stores together");
  command->add_flag("--retry-failed", options->retry_failed, "Simulate designs again that failed before");
  command->add_option("--html", options->html, "File for a page with all points, to explore");
  command->add_option("--rows", options->rows, "Designs of the front that are printed, at most")->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "A sweep that was stopped, by kill -9 or otherwise, goes on where it was when it is started again.\n\n"
      "Examples:\n  ternsim sweep edge-2b4t -o edge.db --html edge.html\n"
      "  ternsim sweep edge-2b4t --shard 1/8 -o edge-1.db\n"
      "  sqlite3 edge.db \"SELECT settings ->> '$.\\\"matrix_unit.rows\\\"', max(tokens_per_second) FROM points GROUP "
      "BY 1\"");
  return [command, options] { return *command ? run_sweep(*options) : -1; };
}

}  // namespace ternsim::cli
