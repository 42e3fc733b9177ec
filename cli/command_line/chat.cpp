#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line/commands.h"
#include "cli/command_line/common.h"
#include "cli/options.h"

namespace ternsim::cli {

std::function<int()> add_chat(CLI::App& app) {
  auto* command = app.add_subcommand("chat", "Talk with a model: one message a line, answers as they are written");
  auto options = std::make_shared<ChatCommandOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")
      ->capture_default_str();
  command->add_option("--system", options->system, "System message in front of the conversation");
  command->add_option("--template", options->template_file,
                      "Chat format (YAML, see docs/reference/tokenizers.md); default: that of BitNet b1.58 2B4T");
  command->add_option("-n,--tokens", options->count, "Tokens of an answer at most")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--temperature", options->temperature, "0: greedy")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--top-k", options->top_k, "Only the k most probable tokens; 0: all")->capture_default_str();
  command->add_option("--top-p", options->top_p, "Only the most probable tokens that hold this share")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the sampling")->check(kSeed)->capture_default_str();
  add_inference_flags(*command, options->inference);
  command->footer(
      "Lines '/reset' and '/exit' start a new conversation and leave.\n"
      "Examples:\n  ternsim chat model.gguf --system \"You are a helpful assistant.\"\n"
      "  printf 'What is a trit?\\n' | ternsim chat model.gguf --temperature 0\n"
      "  ternsim chat --template stories.yaml --tokens 100");
  return [command, options] { return *command ? run_chat(*options) : -1; };
}

}  // namespace ternsim::cli
