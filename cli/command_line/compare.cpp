#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_compare(CLI::App& app) {
  auto* command = app.add_subcommand("compare", "Several results side by side, with ratios to one of them");
  auto options = std::make_shared<CompareOptions>();
  command
      ->add_option(
          "results", options->results,
          "2 to 16 results: files of `simulate --json`, or directories of reports; NAME=FILE gives another name "
          "than the file's")
      ->required()
      ->expected(2, -1);
  command->add_option("--baseline", options->baseline,
                      "Run, or RUN:MACHINE, that ratios are to; default: the first result's first machine");
  command->add_option("--html", options->html, "File for a page with charts")->type_name("FILE");
  command->add_option("--markdown", options->markdown, "File for the tables as a Markdown document")->type_name("FILE");
  command->add_option("--csv", options->csv, "File for all figures, a row each")->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim simulate --json > four.json\n  ternsim simulate --set dram.channels=2 --json > two.json\n"
      "  ternsim simulate --set dram.channels=8 --json > eight.json\n  ternsim compare four.json two.json eight.json\n"
      "  ternsim compare four.json wide=eight.json --baseline wide --html compare.html\n"
      "  ternsim compare ternsim-report old-report --csv compare.csv --markdown compare.md");
  return [command, options] { return *command ? run_compare(*options) : -1; };
}

}  // namespace ternsim::cli
