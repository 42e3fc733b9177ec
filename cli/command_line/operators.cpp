#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_operators(CLI::App& app) {
  auto* command = app.add_subcommand(
      "operators",
      "A ternary add beside INT8 and FP16 multiply-adds: bare, at true widths, in a unit, with SRAM reads");
  auto options = std::make_shared<OperatorsOptions>();
  command
      ->add_option("-t,--technology", options->technologies,
                   "Bare operators of these technologies (YAML files, or names in configs/technologies/); the last "
                   "prices true widths and SRAM")
      ->capture_default_str();
  command
      ->add_option("-a,--accelerator", options->accelerator,
                   "Ternary machine whose matrix unit and buffers are meant: a YAML file, or a name in "
                   "configs/accelerators/")
      ->capture_default_str();
  command->add_option("--synthesis", options->synthesis,
                      "Report of the synthesis flow (JSON); default: reports/synthesis/synthesis.json");
  command->add_option("--markdown", options->markdown, "Also write the tables into this file, as a document");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim operators\n  ternsim operators -t published-45nm asap7-synthesised published-7nm\n"
      "  ternsim operators -a server-hbm --json\n  ternsim operators --markdown operators.md");
  return [command, options] { return *command ? run_operators(*options) : -1; };
}

}  // namespace ternsim::cli
