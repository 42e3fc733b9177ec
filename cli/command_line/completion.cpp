#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/command_line/commands.h"
#include "cli/completion_scripts.h"
#include "cli/options.h"
#include "cli/output.h"

namespace ternsim::cli {

std::function<int()> add_completion(CLI::App& app) {
  auto* command = app.add_subcommand("completion", "A script that lets your shell complete commands and options");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "Which shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n  source <(ternsim completion bash)\n"
      "  ternsim completion fish > ~/.config/fish/completions/ternsim.fish");
  return [&app, command, shell] {
    if (!*command) return -1;
    const std::vector<CommandWords> words = command_words(app);
    print_all(*shell == "bash"  ? bash_completion(words)
              : *shell == "zsh" ? zsh_completion(words)
                                : fish_completion(words));
    return static_cast<int>(kOk);
  };
}

}  // namespace ternsim::cli
