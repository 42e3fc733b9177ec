#include "cli/command_line/help.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "reports/wrapped_text.h"

namespace ternsim::cli {

namespace {

constexpr std::size_t kLine = 80;
constexpr std::size_t kLeft = 26;

constexpr std::size_t kCommand = 14;  // the left column of a list of commands

/// A row of two columns; a name that is too long for the first has a line of its own.
std::string row(const std::string& name, const std::string& text, std::size_t left) {
  std::string out = fmt::format("  {:<{}}", name, left - 2);
  if (name.size() + 4 > left) out += '\n' + std::string(left, ' ');
  out += reports::wrapped_text(text, kLine - left, left);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + '\n';
}

/// An example's commands in lines that each end in a backslash but the last, broken before an option if that can be;
/// text within quotes is not broken.
std::string example(const std::string& line) {
  constexpr std::size_t kMore = 6;
  std::string out;
  std::string rest = line;
  while (rest.size() > kLine) {
    std::size_t at_word = 0;
    std::size_t at_option = 0;
    bool quoted = false;
    for (std::size_t i = 0; i + 2 < kLine; ++i) {
      if (rest[i] == '"') quoted = !quoted;
      if (rest[i] != ' ' || quoted || rest.find_first_not_of(' ') > i) continue;
      at_word = i;
      if (rest[i + 1] == '-') at_option = i;
    }
    const std::size_t cut = at_option > 0 ? at_option : at_word;
    if (cut == 0) break;
    out += rest.substr(0, cut) + " \\\n";
    rest = std::string(kMore, ' ') + rest.substr(cut + 1);
  }
  return out + rest + '\n';
}

std::string names_of(const std::set<CLI::Option*>& options) {
  std::string out;
  for (const CLI::Option* option : options) out += (out.empty() ? "" : ", ") + option->get_name();
  return out;
}

std::string words_of(const CLI::Option& option) {
  std::vector<std::string> notes;
  // An empty default is described where it means something.
  if (option.get_type_size() != 0 && !option.get_default_str().empty() && option.get_default_str() != "\"\"")
    notes.push_back("default " + option.get_default_str());
  if (option.get_required()) notes.emplace_back("required");
  if (!option.get_needs().empty()) notes.push_back("with " + names_of(option.get_needs()));
  if (!option.get_excludes().empty()) notes.push_back("not with " + names_of(option.get_excludes()));
  std::string out = option.get_description();
  for (std::size_t i = 0; i < notes.size(); ++i) out += (i == 0 ? " [" : "; ") + notes[i];
  return notes.empty() ? out : out + "]";
}

std::string without_dashes(const std::string& word) {
  const std::size_t begin = word.find_first_not_of('-');
  if (begin == std::string::npos) return "";
  return word.substr(begin, word.find('=') - begin);
}

std::string guess(const std::string& near) { return near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near); }

std::string nearest_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options_of(command))
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  const std::string near = nearest_name(without_dashes(word), names);
  return near.empty() ? "" : "--" + near;
}

}  // namespace

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> options = command.get_options();
  for (const CLI::App* group : command.get_subcommands({})) {
    const std::vector<const CLI::Option*> more =
        group->get_options([&](const CLI::Option* option) { return option != group->get_help_ptr(); });
    options.insert(options.end(), more.begin(), more.end());
  }
  return options;
}

HelpFormatter::HelpFormatter() { column_width(kLeft); }

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return reports::wrapped_text(app->get_description(), kLine, 0) + '\n';
}

std::string HelpFormatter::make_subcommand(const CLI::App* sub) const {
  return row(sub->get_name(), sub->get_description(), kCommand);
}

std::string HelpFormatter::make_expanded(const CLI::App* group) const {
  std::string out = fmt::format("\n{}:\n", group->get_group());
  for (const CLI::Option* option : group->get_options())
    if (option != group->get_help_ptr()) out += make_option(option, false);
  return out;
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  std::string out;
  std::string paragraph;
  std::istringstream in(app->get_footer());
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  ")) {
      out += example(line);
      continue;
    }
    // A sentence may go on in the next line.
    paragraph += (paragraph.empty() ? "" : " ") + line;
    if (!line.empty() && !line.ends_with('.') && !line.ends_with(':')) continue;
    out += reports::wrapped_text(paragraph, kLine, 0) + '\n';
    paragraph.clear();
  }
  return paragraph.empty() ? out : out + reports::wrapped_text(paragraph, kLine, 0) + '\n';
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool positional) const {
  return row(make_option_name(option, positional) + make_option_opts(option), words_of(*option), kLeft);
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return "";
  // CLI11 joins a type and what is accepted of it by a colon; the latter says more.
  std::string type = option->get_type_name();
  if (const std::size_t colon = type.find(':'); colon != std::string::npos) type.erase(0, colon + 1);
  if (type.starts_with("INT in [") || type.starts_with("FLOAT in [")) {
    type.erase(0, type.find('['));
    if (const std::size_t dash = type.find(" - "); dash != std::string::npos) type.replace(dash, 3, "..");
  }
  return " " + type + (option->get_expected_max() == CLI::detail::expected_max_vector_size ? " ..." : "");
}

std::string first_words(const CLI::App& app) {
  const HelpFormatter help;
  return help.make_description(&app) + help.make_usage(&app, app.get_name()) +
         help.make_subcommands(&app, CLI::AppFormatMode::Normal) + "\nBegin with:\n" +
         row("ternsim report", "the embedded model on three engines, and one page that compares machines", kLeft) +
         row("ternsim simulate", "the same model on one accelerator; every command has --help", kLeft) +
         row("ternsim doctor", "what this machine has, and what that means", kLeft);
}

std::string describe_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> given = const_cast<CLI::App&>(app).get_subcommands();
  if (given.empty()) {
    const std::vector<std::string> rest = app.remaining();
    const auto word = std::ranges::find_if(rest, [](const std::string& w) { return !w.starts_with('-'); });
    if (!rest.empty() && (word == rest.end() || rest.front().starts_with('-')))
      return fmt::format("unknown option '{}'{}; 'ternsim --help' lists commands and options", rest.front(),
                         guess(nearest_option(app, rest.front())));
    if (word == rest.end()) return fmt::format("{}; 'ternsim --help' lists the commands", error.what());
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    return fmt::format("unknown command '{}'{}; 'ternsim --help' lists them", *word, guess(nearest_name(*word, names)));
  }
  const CLI::App& command = *given.front();
  const std::string help = fmt::format("'ternsim {} --help' lists what it takes", command.get_name());
  // A mistyped option also shows as one that is missing, or leaves its value behind.
  const std::vector<std::string> rest = command.remaining();
  for (const std::string& word : rest)
    if (word.size() > 1 && word.starts_with('-'))
      return fmt::format("{}: unknown option '{}'{}; {}", command.get_name(), word.substr(0, word.find('=')),
                         guess(nearest_option(command, word)), help);
  if (!rest.empty()) return fmt::format("{}: unexpected argument '{}'; {}", command.get_name(), rest.front(), help);
  std::string what = error.what();
  if (error.get_name() == "RequiredError")
    for (const CLI::Option* option : options_of(command))
      if (what == option->get_name() + " is required") what += fmt::format(" ({})", option->get_description());
  return fmt::format("{}: {}; {}", command.get_name(), what, help);
}

}  // namespace ternsim::cli
