#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_simulate(CLI::App& app) {
  auto* command = app.add_subcommand("simulate", "Cycles, stalls, tokens/s and J/token of one accelerator");
  auto options = std::make_shared<SimulateOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  add_workload_options(*command, options->workload);
  command
      ->add_option("--set", options->set,
                   "KEY=VALUE in place of what the accelerator's file has (matrix_unit.rows=32), the workload's "
                   "(workload.batch=4) or the shape's (model.context_length=8192); no value: the key is left out; "
                   "may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--check", options->check,
                    "Let the matrix unit compute its sums and hold them against the reference");
  command
      ->add_option("-p,--prompt", options->prompt,
                   "With --check: the text whose activations are used; nothing: one token")
      ->capture_default_str();
  command->add_flag("--print-program", options->print_program, "Print the mapper's commands instead of simulating");
  auto* trace = command->add_option("--trace", options->trace,
                                    "File for a Chrome trace (JSON; open it in ui.perfetto.dev): a track per unit");
  command
      ->add_option("--trace-window", options->trace_window,
                   "FIRST:LAST, LAST left out: cycles as in 0:100000, or passes as in p0:p2; default: everything")
      ->needs(trace);
  command->add_option("--trace-events", options->trace_events, "Events in the trace at most, about 200 bytes each")
      ->check(CLI::Range(1, 20'000'000))
      ->capture_default_str()
      ->needs(trace);
  auto* topology = command->add_option("--topology", options->topology,
                                       "SCALE-Sim topology (CSV, GEMM or convolution form) instead of a model; of the "
                                       "workload, only zero_share and zero_row_share are taken");
  for (const char* other : {"--model", "--prefill", "--decode", "--context", "--batch", "--check", "--prompt"})
    topology->excludes(other);
  auto* accelergy = command->add_option("--accelergy", options->accelergy,
                                        "Directory for Accelergy's ERT.yaml, ART.yaml, action_counts-<phase>.yaml");
  command->add_option("--corner", options->corner, "End of the constants' ranges that those energies stand at")
      ->check(CLI::IsMember({"low", "mid", "high"}))
      ->capture_default_str()
      ->needs(accelergy);
  auto* ert = command->add_option("--ert", options->ert, "Accelergy ERT (YAML) in place of the technology's energies");
  ert->excludes("--corner", "--print-program");
  accelergy->excludes("--print-program");
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim simulate --check\n"
      "  ternsim simulate --accelerator edge-lpddr5x --model bitnet-b158-2b4t --workload decode-512\n"
      "  ternsim simulate -a edge-lpddr5x-fp16 -m bitnet-b158-2b4t -w prefill-512 --json\n"
      "  ternsim simulate -m bitnet-b158-2b4t -w decode-512 --context 2048 --batch 4 --decode 1 --trace out.json\n"
      "  ternsim simulate --set dram.channels=8 --set clock_hz=5e8\n"
      "  ternsim simulate --accelergy tables --corner high; ternsim simulate --ert tables/ERT.yaml");
  return [command, options] { return *command ? run_simulate(*options) : -1; };
}

}  // namespace ternsim::cli
