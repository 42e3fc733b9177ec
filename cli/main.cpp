#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <systemc>
#include <vector>

#include "api/data_paths.h"
#include "base/error.h"
#include "cli/build_facts.h"
#include "cli/command_line/commands.h"
#include "cli/command_line/help.h"
#include "cli/options.h"
#include "reports/clean_text.h"
#include "sim/kernel.h"

// SystemC's library wants this symbol; our own main() drives it instead.
int sc_main(int, char**) { return 0; }

namespace {

using namespace ternsim::cli;

struct Command {
  const char* group;  ///< heading in the help
  std::function<int()> (*add)(CLI::App& app);
};

constexpr Command kCommands[] = {
    {"Simulate and compare", add_report},
    {"Simulate and compare", add_simulate},
    {"Simulate and compare", add_ladder},
    {"Simulate and compare", add_operators},
    {"Simulate and compare", add_compare},
    {"Simulate and compare", add_diff},
    {"Search for designs", add_sweep},
    {"Search for designs", add_front},
    {"Search for designs", add_merge},
    {"Published figures", add_designs},
    {"Published figures", add_reproduce},
    {"Run models", add_generate},
    {"Run models", add_chat},
    {"Run models", add_evaluate},
    {"Run models", add_perplexity},
    {"Run models", add_bench},
    {"Model files", add_inspect},
    {"Model files", add_convert},
    {"Model files", add_synthesize},
    {"Verify", add_verify},
    {"This program", add_doctor},
    {"This program", add_completion},
};

int fail(int code, const char* message) {
  fmt::print(stderr, "ternsim: {}\n", message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  ternsim::sim::quiet_kernel();
  ternsim::api::use_data(TERNSIM_SOURCE_DIR, "the source tree that this was built from");

  CLI::App app{"ternsim: what a multiplier-free accelerator for ternary LLMs costs per token, and proof of it",
               "ternsim"};
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", version_text, "What this program is and was built from");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 a difference that `diff --exit-code` asks for, 2 wrong usage, 3 unusable input or "
      "impossible request, 4 two descriptions of the machine disagree, 70 internal error.\n"
      "'ternsim COMMAND --help' shows a command's options with examples.");
  std::vector<std::function<int()>> commands;
  for (const Command& command : kCommands) {
    commands.push_back(command.add(app));
    app.get_subcommands({}).back()->group(command.group);
  }
  if (argc < 2) {
    fmt::print(stderr, "{}", first_words(app));
    return kUsage;
  }
  try {
    app.parse(argc, argv);
    for (const auto& run : commands)
      if (const int code = run(); code >= 0) return code;
    return kUsage;
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0) return fail(kUsage, ternsim::reports::printable_text(describe_mistake(app, e)).c_str());
    app.exit(e);
    return kOk;
  } catch (const ternsim::MismatchError& e) {
    return fail(kMismatch, e.what());
  } catch (const ternsim::Error& e) {
    return fail(kBadInput, e.what());
  } catch (const std::bad_alloc&) {
    return fail(kInternal, "out of memory");
  } catch (const std::exception& e) {
    return fail(kInternal, e.what());
  }
}
