#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <systemc>

#include "base/error.h"
#include "cli/command_line/commands.h"
#include "cli/options.h"

// SystemC's library wants this symbol; our own main() drives it instead.
int sc_main(int, char**) { return 0; }

namespace {

using namespace ternsim::cli;

int fail(int code, const char* message) {
  fmt::print(stderr, "ternsim: {}\n", message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  // A run that has drained leaves no event; that is our normal end, not worth a message.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);

  CLI::App app{"ternsim: what a multiplier-free accelerator for ternary LLMs costs per token, and proof of it"};
  app.set_version_flag("--version", std::string("ternsim ") + TERNSIM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 2 wrong usage, 3 unusable input or impossible request, 4 two descriptions of the machine\n"
      "disagree, 70 internal error. 'ternsim COMMAND --help' shows a command's options with examples.");
  const std::function<int()> commands[] = {add_report(app),    add_generate(app),   add_simulate(app), add_ladder(app),
                                           add_evaluate(app),  add_perplexity(app), add_chat(app),     add_inspect(app),
                                           add_convert(app),   add_synthesize(app), add_bench(app),    add_designs(app),
                                           add_reproduce(app), add_verify(app)};
  try {
    app.parse(argc, argv);
    for (const auto& run : commands)
      if (const int code = run(); code >= 0) return code;
    return kUsage;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kOk : kUsage;
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
