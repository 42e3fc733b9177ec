#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Decode and prefill speed, against what this machine can do at best");
  auto options = std::make_shared<BenchCommandOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")->required();
  command->add_option("--threads", options->threads, "Threads, the main one included; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_option("--prefill", options->prefill, "Tokens of a prefill")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--decode", options->decode, "Tokens decoded one by one")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--context", options->context, "Positions held when decoding begins; default: as --prefill")
      ->check(CLI::Range(0, 1 << 20));
  command->add_option("--packing", options->packing, "How the ternary weights lie in memory")
      ->check(CLI::IsMember({"two-bit", "columns", "base3", "pair", "triple"}))
      ->capture_default_str();
  command->add_flag("--columns-for-down", options->columns_for_down,
                    "ffn_down in packing 'columns' whatever the others have: zero inputs cost no memory read there");
  command->add_option("--kv", options->kv, "How keys and values are kept")
      ->check(CLI::IsMember({"f32", "f16", "int8", "int4", "int3"}))
      ->capture_default_str();
  command
      ->add_option("--limit-memory", options->limit_memory,
                   "MiB that the read loops go through; less than the caches hold measures those")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  command->add_option("--repeat", options->repeats, "Times that each is measured, after a warm-up")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim bench model.gguf\n"
      "  ternsim bench 2b4t.gguf --threads 1 --packing base3 --columns-for-down --json\n"
      "  TERNSIM_ISA=avx2 ternsim bench embedded --prefill 64 --decode 32 --repeat 5");
  return [command, options] { return *command ? run_bench(*options) : -1; };
}

}  // namespace ternsim::cli
