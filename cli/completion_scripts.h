#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ternsim::cli {

/// What a shell may offer behind one option or as a plain argument.
struct OptionWords {
  std::vector<std::string> names;  ///< with dashes; empty: a plain argument
  std::string description;
  bool takes_value = false;
  std::vector<std::string> values;  ///< all that are accepted, or names that are; empty: anything, files for instance
};

struct CommandWords {
  std::string name;
  std::string description;
  std::vector<OptionWords> options;
};

/// The commands of `app` with their options, in the order of the help; values are those that CLI11 checks, and the
/// names of the shipped files where an option takes one.
std::vector<CommandWords> command_words(const CLI::App& app);

// A script for the shell to read: completes commands, options and values; elsewhere the shell completes files.
std::string bash_completion(const std::vector<CommandWords>& commands);
std::string zsh_completion(const std::vector<CommandWords>& commands);
std::string fish_completion(const std::vector<CommandWords>& commands);

}  // namespace ternsim::cli
