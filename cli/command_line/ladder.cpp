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
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Beside a ternary machine stand FP16, INT8 and W4A16 machines with the same buffers, other units and memory:\n"
      "once grown until they are as fast, once with as many rows as its die has room for.\n\n"
      "Examples:\n  ternsim ladder -w decode-512\n  ternsim ladder -w prefill-512 -a server-hbm\n"
      "  ternsim ladder -w decode-512 --batch 16 --json");
  return [command, options] { return *command ? run_ladder(*options) : -1; };
}

}  // namespace ternsim::cli
