#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_verify(CLI::App& app) {
  auto* command = app.add_subcommand("verify", "Hold the Verilated RTL against reference and SystemC, bits and cycles");
  auto options = std::make_shared<VerifyOptions>();
  auto* what = command->add_option_group("One of")->require_option(1);
  what->add_option("--rtl", options->rtl, "Verify this RTL configuration, from rtl/configs.yaml");
  auto* replay = what->add_option("--replay", options->replay, "Run a saved product again");
  command->add_option("-n,--vectors", options->vectors, "Vectors to compare: sums of one row tile for one token")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the products, or of the weights of --program layer")
      ->check(kSeed)
      ->capture_default_str();
  command->add_option("--min-columns", options->min_columns, "Shortest row (K) of the random products")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command->add_option("--max-columns", options->max_columns, "Longest; default: the longest that the engine admits")
      ->check(CLI::Range(1, 1 << 24));
  command
      ->add_option("-m,--model", options->model,
                   "Take products from a model's weights and activations: 'embedded', a GGUF file, a checkpoint's "
                   "directory. Default with --program token: embedded; layer, a shape: bitnet-b158-2b4t")
      ->excludes("--min-columns", "--max-columns");
  auto* program = command->add_option(
      "--program", options->program,
      "Instead of vectors, all matrix commands of one token of a model, or of a layer with random weights");
  program->check(CLI::IsMember({"token", "layer"}))->excludes("--vectors", "--min-columns", "--max-columns");
  command->add_option("-p,--prompt", options->prompt, "Text behind which a model's activations are taken");
  command->add_option("-a,--accelerator", options->accelerator, "Whose buffers a program is cut to, with that RTL")
      ->capture_default_str()
      ->needs(program);
  command->add_option("--inject-fault", options->inject_fault,
                      "BODY[:PRODUCT[:KIND]], of cpu, systemc, rtl, rtl_engine and of sums, cycles, lane_adds: add 1; "
                      "exit code 4 must follow");
  command->add_option("-o,--output", options->output, "Folder for a product that differs")->capture_default_str();
  for (const char* other : {"--vectors", "--seed", "--min-columns", "--max-columns", "--model", "--program", "--prompt",
                            "--inject-fault", "--output"})
    replay->excludes(command->get_option(other));
  command->add_option("--wave", options->wave, "Write the replay's waveform to this file (FST)")->needs(replay);
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Bodies: CPU kernels, SystemC unit, RTL unit, RTL engine. The first difference ends the run with exit code 4,\n"
      "its product and waveform are saved.\n\nExamples:\n  ternsim verify --rtl edge\n"
      "  ternsim verify --rtl small --vectors 100000 --min-columns 256 --seed 7 --json\n"
      "  ternsim verify --rtl nano --model embedded\n  ternsim verify --rtl wide --program layer\n"
      "  ternsim verify --replay ternsim-mismatch-edge-0123456789abcdef.txt --wave edge.fst");
  return [command, options] { return *command ? run_verify(*options) : -1; };
}

}  // namespace ternsim::cli
