#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_report(CLI::App& app) {
  auto* command = app.add_subcommand("report", "Run everything, compare, and write one HTML page with JSON and CSV");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-b,--baseline", options->baseline,
                      "FP16 machine to compare with; default: the accelerator with FP16 MACs in place of its adders");
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-w,--workload", options->workload, kWorkloadHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  command->add_option("-p,--prompt", options->prompt, "Text to continue on every engine")->capture_default_str();
  command->add_option("-n,--tokens", options->count, "Tokens to write on every engine")
      ->check(CLI::Range(32, 1 << 20))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Directory for report.html, results.json, results.csv")
      ->capture_default_str();
  command->add_option("--inject-fault", options->inject_fault,
                      "ENGINE:LAYER: flip one sum there; the comparison must then fail (exit code 4)");
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print the results as JSON instead of the headline figures");
  command->footer(
      "Examples:\n  ternsim report\n  ternsim report --model bitnet-b158-2b4t --workload decode-512 -o report-2b4t\n"
      "  ternsim report --inject-fault rtl:2; echo $?   # 4: the comparison notices");
  return [command, options] { return *command ? run_report(*options) : -1; };
}

}  // namespace ternsim::cli
