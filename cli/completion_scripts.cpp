#include "cli/completion_scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "cli/command_line/help.h"
#include "cli/data_paths.h"

namespace ternsim::cli {

namespace {

/// The words of "TEXT:{low,mid,high}".
std::vector<std::string> checked_values(const std::string& type) {
  std::vector<std::string> values;
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return values;
  std::istringstream in(type.substr(begin + 1, end - begin - 1));
  for (std::string value; std::getline(in, value, ',');) values.push_back(value);
  return values;
}

/// Names of shipped files; none where the data are missing, which is no reason to complete nothing.
std::vector<std::string> shipped_names(const std::string& option) {
  static constexpr std::pair<const char*, const char*> kKinds[] = {{"accelerator", "accelerators"},
                                                                   {"baseline", "accelerators"},
                                                                   {"machines", "accelerators"},
                                                                   {"model", "models"},
                                                                   {"workload", "workloads"},
                                                                   {"technology", "technologies"},
                                                                   {"shape", "models"}};
  for (const auto& [name, kind] : kKinds) {
    if (option != name) continue;
    try {
      std::vector<std::string> names = config_names(kind);
      if (option == "model") names.insert(names.begin(), "embedded");
      return names;
    } catch (const InputError&) {
      return {};
    }
  }
  return {};
}

OptionWords words_of(const CLI::Option& option) {
  OptionWords words{{}, option.get_description(), option.get_items_expected_max() > 0, {}};
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  if (words.takes_value) words.values = checked_values(option.get_type_name());
  const std::string name = option.get_lnames().empty() ? option.get_name(true) : option.get_lnames().front();
  if (words.takes_value && words.values.empty()) words.values = shipped_names(name);
  return words;
}

/// In single quotes, for any of the three shells.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + out + "'";
}

std::string commands_of(const std::vector<CommandWords>& commands) {
  std::string out;
  for (const CommandWords& command : commands) out += (out.empty() ? "" : " ") + command.name;
  return out;
}

std::string option_names(const CommandWords& command) {
  std::vector<std::string> names;
  for (const OptionWords& option : command.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

/// A function's body for bash and zsh: sets `choice` from the words `command`, `before` and `current`, or leaves it
/// empty where the shell should offer files.
std::string choose_words(const std::vector<CommandWords>& commands) {
  std::string out = "  case \"$command $before\" in\n";
  for (const CommandWords& command : commands)
    for (const OptionWords& option : command.options) {
      if (!option.takes_value || option.names.empty()) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) patterns.push_back(quoted(command.name + " " + name));
      out += fmt::format("    {}) choice={}; return;;\n", fmt::join(patterns, "|"),
                         quoted(fmt::format("{}", fmt::join(option.values, " "))));
    }
  out += "  esac\n  case \"$command\" in\n";
  for (const CommandWords& command : commands) {
    std::vector<std::string> plain;
    for (const OptionWords& option : command.options)
      if (option.names.empty()) plain.insert(plain.end(), option.values.begin(), option.values.end());
    out += fmt::format(
        "    {})\n      case \"$current\" in\n        -*) choice={};;\n        *) choice={};;\n"
        "      esac;;\n",
        command.name, quoted(option_names(command)), quoted(fmt::format("{}", fmt::join(plain, " "))));
  }
  return out + "  esac\n";
}

}  // namespace

std::vector<CommandWords> command_words(const CLI::App& app) {
  std::vector<CommandWords> commands;
  for (const CLI::App* sub : app.get_subcommands({})) {
    CommandWords& command = commands.emplace_back(CommandWords{sub->get_name(), sub->get_description(), {}});
    for (const CLI::Option* option : options_of(*sub)) command.options.push_back(words_of(*option));
  }
  return commands;
}

std::string bash_completion(const std::vector<CommandWords>& commands) {
  return fmt::format(
      "# bash completion of ternsim; read it with: source <(ternsim completion bash)\n"
      "_ternsim_choose() {{\n{}}}\n"
      "_ternsim() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  local command=\"${{COMP_WORDS[1]}}\" choice=''\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    choice={}\n"
      "  else\n    _ternsim_choose\n  fi\n"
      "  COMPREPLY=($(compgen -W \"$choice\" -- \"$current\"))\n"
      "}}\n"
      "complete -o default -F _ternsim ternsim\n",
      choose_words(commands), quoted(commands_of(commands) + " --help --version"));
}

std::string zsh_completion(const std::vector<CommandWords>& commands) {
  return fmt::format(
      "#compdef ternsim\n"
      "# zsh completion of ternsim; read it with: source <(ternsim completion zsh)\n"
      "_ternsim_choose() {{\n{}}}\n"
      "_ternsim() {{\n"
      "  local current=\"${{words[CURRENT]}}\" before=\"${{words[CURRENT-1]}}\"\n"
      "  local command=\"${{words[2]}}\" choice=''\n"
      "  if (( CURRENT == 2 )); then\n    choice={}\n"
      "  else\n    _ternsim_choose\n  fi\n"
      "  if [[ -n \"$choice\" ]]; then compadd -- ${{=choice}}; else _files; fi\n"
      "}}\n"
      "# as a file of fpath this is the body of the function that it defines\n"
      "if [[ \"$funcstack[1]\" = _ternsim ]]; then _ternsim \"$@\"; else compdef _ternsim ternsim; fi\n",
      choose_words(commands), quoted(commands_of(commands) + " --help --version"));
}

std::string fish_completion(const std::vector<CommandWords>& commands) {
  std::string out =
      "# fish completion of ternsim; read it with: ternsim completion fish | source\n"
      "complete -c ternsim -n __fish_use_subcommand -l help -d 'Show the commands'\n"
      "complete -c ternsim -n __fish_use_subcommand -l version -d 'Show what this program was built from'\n";
  for (const CommandWords& command : commands) {
    out += fmt::format("complete -c ternsim -f -n __fish_use_subcommand -a {} -d {}\n", command.name,
                       quoted(command.description));
    for (const OptionWords& option : command.options) {
      if (option.names.empty() && option.values.empty()) continue;
      out += fmt::format("complete -c ternsim -n '__fish_seen_subcommand_from {}'", command.name);
      for (const std::string& name : option.names)
        out += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2)) : fmt::format(" -s {}", name.substr(1));
      if (option.takes_value && !option.names.empty()) out += " -r";
      if (!option.values.empty())
        out += fmt::format(" -a {}", quoted(fmt::format("{}", fmt::join(option.values, " "))));
      out += fmt::format(" -d {}\n", quoted(option.description));
    }
  }
  return out;
}

}  // namespace ternsim::cli
