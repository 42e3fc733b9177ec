#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ternsim::cli {

/// Help for a terminal of 80 columns: an option's name and values on the left, what it does, needs and takes when it is
/// not given on the right. Lines of a footer that begin with two spaces are examples, and stay commands that a shell
/// takes when they are broken.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_description(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
  std::string make_expanded(const CLI::App* group) const override;
  std::string make_footer(const CLI::App* app) const override;
  std::string make_option(const CLI::Option* option, bool positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

/// The options of a command, those of its groups included.
std::vector<const CLI::Option*> options_of(const CLI::App& command);

/// What the program says when it is given nothing to do: its commands, and where to begin.
std::string first_words(const CLI::App& app);

/// What was wrong with the command line, in one line that says what would be right: "unknown command 'simulat' (did you
/// mean 'simulate'?); ...".
std::string describe_mistake(const CLI::App& app, const CLI::ParseError& error);

}  // namespace ternsim::cli
