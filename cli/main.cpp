#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <systemc>

#include "base/error.h"
#include "cli/options.h"

// SystemC's library wants this symbol; our own main() drives it instead.
int sc_main(int, char**) { return 0; }

namespace {

using namespace ternsim::cli;

constexpr const char* kAcceleratorHelp = "Accelerator: a YAML file, or a name in configs/accelerators/";
constexpr const char* kModelHelp = "Model: 'embedded', a GGUF file, or a shape (YAML file or name in configs/models/)";
constexpr const char* kWorkloadHelp = "Workload: a YAML file, or a name in configs/workloads/";
constexpr const char* kTechnologyHelp = "Energy constants: a YAML file, or a name in configs/technologies/";

std::function<int()> add_generate(CLI::App& app) {
  auto* command = app.add_subcommand("generate", "Write text with the bit-exact reference, SystemC or RTL engine");
  auto options = std::make_shared<GenerateOptions>();
  command->add_option("model", options->model, "'embedded' or a GGUF file")->capture_default_str();
  command->add_option("-p,--prompt", options->prompt, "Text to continue")->required();
  command->add_option("-n,--tokens", options->count, "Tokens to write")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--engine", options->engine, "Who computes the ternary products")
      ->check(CLI::IsMember({"cpu", "systemc", "rtl"}))
      ->capture_default_str();
  command->add_option("--rtl-config", options->rtl_config, "Matrix unit of systemc and rtl, from rtl/configs.yaml")
      ->capture_default_str();
  command->add_option("--temperature", options->temperature, "0: greedy")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--top-k", options->top_k, "Only the k most probable tokens; 0: all")->capture_default_str();
  command->add_option("--top-p", options->top_p, "Only the most probable tokens that hold this share")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the sampling")->capture_default_str();
  command->add_flag("--json", options->json, "Print a JSON object instead of the text");
  command->footer(
      "Examples:\n  ternsim generate -p \"Once upon a time\" -n 100\n"
      "  ternsim generate model.gguf -p \"The cat\" --engine rtl -n 16\n"
      "  ternsim generate -p \"One day\" --temperature 0.8 --top-k 40 --seed 7 --json");
  return [command, options] { return *command ? run_generate(*options) : -1; };
}

std::function<int()> add_simulate(CLI::App& app) {
  auto* command = app.add_subcommand("simulate", "Cycles, stalls, tokens/s and J/token of one accelerator");
  auto options = std::make_shared<SimulateOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-w,--workload", options->workload, kWorkloadHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  command->add_flag("--check", options->check,
                    "Let the matrix unit compute its sums and hold them against the reference");
  command->add_option("-p,--prompt", options->prompt, "With --check: the text whose activations are used")
      ->capture_default_str();
  command->add_flag("--print-program", options->print_program, "Print the mapper's commands instead of simulating");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim simulate --check\n"
      "  ternsim simulate --accelerator edge-lpddr5x --model bitnet-b158-2b4t --workload decode-512\n"
      "  ternsim simulate -a edge-lpddr5x-fp16 -m bitnet-b158-2b4t -w prefill-512 --json");
  return [command, options] { return *command ? run_simulate(*options) : -1; };
}

std::function<int()> add_report(CLI::App& app) {
  auto* command = app.add_subcommand("report", "Run everything, compare, and write one HTML page with JSON and CSV");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-b,--baseline", options->baseline,
                      "FP16 machine to compare with; default: the accelerator with FP16 MACs in place of its adders");
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-w,--workload", options->workload, kWorkloadHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  command->add_option("-p,--prompt", options->prompt, "Text to continue on every engine")->capture_default_str();
  command->add_option("-n,--tokens", options->count, "Tokens to write on every engine")
      ->check(CLI::Range(32, 1 << 20))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "Directory for report.html, results.json, results.csv")
      ->capture_default_str();
  command->add_option("--inject-fault", options->inject_fault,
                      "ENGINE:LAYER: flip one sum there; the comparison must then fail (exit code 4)");
  command->add_flag("--json", options->json, "Print the results as JSON instead of the headline figures");
  command->footer(
      "Examples:\n  ternsim report\n  ternsim report --model bitnet-b158-2b4t --workload decode-512 -o report-2b4t\n"
      "  ternsim report --inject-fault rtl:2; echo $?   # 4: the comparison notices");
  return [command, options] { return *command ? run_report(*options) : -1; };
}

std::function<int()> add_evaluate(CLI::App& app) {
  auto* command =
      app.add_subcommand("evaluate", "A model card's figures from the weights: bits per byte, zeros, stories");
  auto options = std::make_shared<EvaluateOptions>();
  command->add_option("model", options->model, "'embedded' or a GGUF file")->capture_default_str();
  command->add_option("text", options->text,
                      "Stories separated by lines '<|endoftext|>'; default: the held-out slice of the embedded model");
  command->add_option("--stories", options->stories, "Sample stories to write")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the first sample story")->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer("Examples:\n  ternsim evaluate\n  ternsim evaluate model.gguf heldout.txt --stories 0 --json");
  return [command, options] { return *command ? run_evaluate(*options) : -1; };
}

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
  const std::function<int()> commands[] = {add_report(app), add_generate(app), add_simulate(app), add_evaluate(app)};
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
