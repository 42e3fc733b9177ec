#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_perplexity(CLI::App& app) {
  auto* command = app.add_subcommand("perplexity", "Perplexity and bits per byte of a model on a text file");
  auto options = std::make_shared<PerplexityOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")->required();
  command->add_option("text", options->text, "Text file (UTF-8), scored as one sequence")->required();
  command
      ->add_option("--context", options->context,
                   "Tokens of a window; windows advance by half of that; 0: the model's context, up to 2048")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  add_inference_flags(*command, options->inference);
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim perplexity embedded assets/heldout_slice.txt --context 128\n"
      "  ternsim perplexity model.gguf text.txt --threads 2 --kv int4 --json\n"
      "  ternsim perplexity model.gguf text.txt --compatibility bitnet-cpp");
  return [command, options] { return *command ? run_perplexity(*options) : -1; };
}

}  // namespace ternsim::cli
