#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_ladder(CLI::App& app) {
  auto* command =
      app.add_subcommand("ladder", "J/token from the papers' arithmetic to the whole machine, rung by rung");
  auto options = std::make_shared<LadderOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  add_workload_options(*command, options->workload);
  add_read_options(*command, options->read, "--i2s-layout");
  auto* all = command->add_flag("--all", options->all,
                                "Tables of every machine in configs/accelerators/: a prompt of 512 tokens, and decode "
                                "at a context of 512 of one sequence and of 16");
  command->add_option("--machines", options->machines, "With --all: these machines (YAML files or names) instead")
      ->needs(all);
  command
      ->add_option("--markdown", options->markdown, "With --all: also write the tables into this file, as a document")
      ->needs(all);
  for (const char* one : {"--accelerator", "--workload", "--prefill", "--decode", "--context", "--batch"})
    all->excludes(command->get_option(one));
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Beside a ternary machine stand FP16, INT8 and W4A16 machines with the same buffers, other units and memory:\n"
      "once grown until they are as fast, once with as many rows as its die has room for.\n\n"
      "Examples:\n  ternsim ladder -w decode-512\n  ternsim ladder -w prefill-512 -a server-hbm\n"
      "  ternsim ladder -w decode-512 --batch 16 --json\n"
      "  ternsim ladder --all --machines edge-lpddr5x server-hbm\n  ternsim ladder --all --markdown tables.md");
  return [command, options] { return *command ? run_ladder(*options) : -1; };
}

}  // namespace ternsim::cli
