#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <systemc>

#include "base/error.h"
#include "cli/options.h"
#include "explore/published_reproduction.h"

// SystemC's library wants this symbol; our own main() drives it instead.
int sc_main(int, char**) { return 0; }

namespace {

using namespace ternsim::cli;

constexpr const char* kAcceleratorHelp = "Accelerator: a YAML file, or a name in configs/accelerators/";
constexpr const char* kModelHelp =
    "Model: 'embedded', a GGUF file, a checkpoint's directory, or a shape (YAML file or name in configs/models/)";
constexpr const char* kWorkloadHelp = "Workload: a YAML file, or a name in configs/workloads/";
constexpr const char* kTechnologyHelp = "Energy constants: a YAML file, or a name in configs/technologies/";

/// A whole number from 0 up that 64 bits hold; CLI11 by itself would let -1 wrap around.
const CLI::Validator kSeed(
    [](std::string& text) -> std::string {
      std::uint64_t seed = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
      return error == std::errc() && end == text.data() + text.size() ? ""
                                                                      : "a whole number from 0 to 2^64 - 1 expected";
    },
    "UINT64");

void add_read_options(CLI::App& command, ReadOptions& options, const char* layout) {
  command
      .add_option("--ffn-activation", options.ffn_activation, "Feed-forward activation, instead of what the file says")
      ->check(CLI::IsMember({"relu2", "swiglu"}));
  command
      .add_option(layout, options.i2s_layout,
                  "Weights of an I2_S block in the file read, which cannot tell: 128, the default, or 64 (ARM)")
      ->check(CLI::IsMember({64, 128}));
  command.add_flag("--ternarise", options.ternarise, "Quantise master weights instead of refusing them");
  command
      .add_option("--weight-scheme", options.weight_scheme,
                  "How: ternary by absmean, or binary (BitNet v1); default: what the file says, else ternary")
      ->check(CLI::IsMember({"ternary", "binary"}));
}

void add_inference_flags(CLI::App& command, InferenceFlags& flags) {
  command.add_option("--threads", flags.threads, "Threads, the main one included; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command
      .add_option("--kv", flags.kv, "How keys and values are kept; default: f32, with --compatibility bitnet-cpp f16")
      ->check(CLI::IsMember({"f32", "f16", "int8", "int4", "int3"}));
  command.add_option("--compatibility", flags.compatibility, "Whose rounding points the numbers have")
      ->check(CLI::IsMember({"reference", "bitnet-cpp", "transformers"}))
      ->capture_default_str();
  add_read_options(command, flags.read, "--i2s-layout");
  command.add_option("--tokenizer", flags.tokenizer,
                     "tokenizer.json, tiktoken or GGUF file; default: the tokenizer that the model carries");
  command
      .add_option("--activation-scheme", flags.activation_scheme,
                  "How the inputs of the ternary linears are quantised; default: as the file says")
      ->check(CLI::IsMember({"absmax8", "a4.8", "hadamard-int4"}));
}

std::function<int()> add_generate(CLI::App& app) {
  auto* command = app.add_subcommand("generate", "Write text with the bit-exact reference, SystemC or RTL engine");
  auto options = std::make_shared<GenerateOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")
      ->capture_default_str();
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
  command->add_option("--seed", options->seed, "Of the sampling")->check(kSeed)->capture_default_str();
  add_inference_flags(*command, options->inference);
  command->add_flag("--json", options->json, "Print a JSON object instead of the text");
  command->footer(
      "Examples:\n  ternsim generate -p \"Once upon a time\" -n 100\n"
      "  ternsim generate model.gguf -p \"The cat\" --engine rtl -n 16\n"
      "  ternsim generate -p \"One day\" --temperature 0.8 --top-k 40 --seed 7 --json");
  return [command, options] { return *command ? run_generate(*options) : -1; };
}

void add_workload_options(CLI::App& command, WorkloadOptions& options) {
  command.add_option("-w,--workload", options.name, kWorkloadHelp)->capture_default_str();
  // The same ranges as in the file.
  command.add_option("--prefill", options.prefill, "Prompt tokens, instead of the workload's prefill_tokens")
      ->check(CLI::Range(0, 1 << 20));
  command.add_option("--decode", options.decode, "Decode passes, instead of the workload's decode_tokens")
      ->check(CLI::Range(0, 1 << 20));
  command.add_option("--context", options.context, "Positions held before, instead of the workload's context")
      ->check(CLI::Range(0, 1 << 24));
  command.add_option("--batch", options.batch, "Sequences side by side, instead of the workload's batch")
      ->check(CLI::Range(1, 4096));
}

std::function<int()> add_simulate(CLI::App& app) {
  auto* command = app.add_subcommand("simulate", "Cycles, stalls, tokens/s and J/token of one accelerator");
  auto options = std::make_shared<SimulateOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  add_workload_options(*command, options->workload);
  command->add_flag("--check", options->check,
                    "Let the matrix unit compute its sums and hold them against the reference");
  command
      ->add_option("-p,--prompt", options->prompt,
                   "With --check: the text whose activations are used; nothing: one token")
      ->capture_default_str();
  command->add_flag("--print-program", options->print_program, "Print the mapper's commands instead of simulating");
  auto* trace = command->add_option("--trace", options->trace,
                                    "File for a Chrome trace (JSON; open it in ui.perfetto.dev): a track per unit");
  command
      ->add_option("--trace-window", options->trace_window,
                   "FIRST:LAST, LAST left out: cycles as in 0:100000, or passes as in p0:p2; default: everything")
      ->needs(trace);
  command->add_option("--trace-events", options->trace_events, "Events in the trace at most, about 200 bytes each")
      ->check(CLI::Range(1, 20'000'000))
      ->capture_default_str()
      ->needs(trace);
  auto* topology = command->add_option("--topology", options->topology,
                                       "SCALE-Sim topology (CSV, GEMM or convolution form) instead of a model; of the "
                                       "workload, only zero_share and zero_row_share are taken");
  for (const char* other : {"--model", "--prefill", "--decode", "--context", "--batch", "--check", "--prompt"})
    topology->excludes(other);
  auto* accelergy = command->add_option("--accelergy", options->accelergy,
                                        "Directory for Accelergy's ERT.yaml, ART.yaml, action_counts-<phase>.yaml");
  command->add_option("--corner", options->corner, "End of the constants' ranges that those energies stand at")
      ->check(CLI::IsMember({"low", "mid", "high"}))
      ->capture_default_str()
      ->needs(accelergy);
  auto* ert = command->add_option("--ert", options->ert, "Accelergy ERT (YAML) in place of the technology's energies");
  ert->excludes("--corner", "--print-program");
  accelergy->excludes("--print-program");
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim simulate --check\n"
      "  ternsim simulate --accelerator edge-lpddr5x --model bitnet-b158-2b4t --workload decode-512\n"
      "  ternsim simulate -a edge-lpddr5x-fp16 -m bitnet-b158-2b4t -w prefill-512 --json\n"
      "  ternsim simulate -m bitnet-b158-2b4t -w decode-512 --context 2048 --batch 4 --decode 1 --trace out.json\n"
      "  ternsim simulate --accelergy tables --corner high; ternsim simulate --ert tables/ERT.yaml");
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
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print the results as JSON instead of the headline figures");
  command->footer(
      "Examples:\n  ternsim report\n  ternsim report --model bitnet-b158-2b4t --workload decode-512 -o report-2b4t\n"
      "  ternsim report --inject-fault rtl:2; echo $?   # 4: the comparison notices");
  return [command, options] { return *command ? run_report(*options) : -1; };
}

std::function<int()> add_ladder(CLI::App& app) {
  auto* command =
      app.add_subcommand("ladder", "J/token from the papers' arithmetic to the whole machine, rung by rung");
  auto options = std::make_shared<LadderOptions>();
  command->add_option("-a,--accelerator", options->accelerator, kAcceleratorHelp)->capture_default_str();
  command->add_option("-m,--model", options->model, kModelHelp)->capture_default_str();
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  add_workload_options(*command, options->workload);
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Beside a ternary machine stand FP16, INT8 and W4A16 machines with the same buffers, other units and memory:\n"
      "once grown until they are as fast, once with as many rows as its die has room for.\n\n"
      "Examples:\n  ternsim ladder -w decode-512\n  ternsim ladder -w prefill-512 -a server-hbm\n"
      "  ternsim ladder -w decode-512 --batch 16 --json");
  return [command, options] { return *command ? run_ladder(*options) : -1; };
}

std::function<int()> add_evaluate(CLI::App& app) {
  auto* command =
      app.add_subcommand("evaluate", "A model card's figures from the weights: bits per byte, zeros, stories");
  auto options = std::make_shared<EvaluateOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")
      ->capture_default_str();
  command->add_option("text", options->text,
                      "Stories separated by lines '<|endoftext|>'; default: the held-out slice of the embedded model");
  command->add_option("--stories", options->stories, "Sample stories to write")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the first sample story")->check(kSeed)->capture_default_str();
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer("Examples:\n  ternsim evaluate\n  ternsim evaluate model.gguf heldout.txt --stories 0 --json");
  return [command, options] { return *command ? run_evaluate(*options) : -1; };
}

void add_write_options(CLI::App& command, WriteOptions& options) {
  command
      .add_option("--type", options.type, "Ternary tensors: i2_s (exact), tq1_0 or tq2_0 (scales rounded to float16)")
      ->check(CLI::IsMember({"i2_s", "tq1_0", "tq2_0"}))
      ->capture_default_str();
  command.add_option("--embedding", options.embedding, "Embedding and LM head; default: as the input has them")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "q8_0", "q6_k"}));
  command
      .add_option("--i2s-layout", options.i2s_layout,
                  "Weights of an I2_S block in the file written: 128, the default, or 64 (ARM)")
      ->check(CLI::IsMember({64, 128}));
}

std::function<int()> add_inspect(CLI::App& app) {
  auto* command = app.add_subcommand("inspect", "What a model file holds, and what is odd about it");
  auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("model", options->model, "'embedded', a GGUF file, a .safetensors file or a checkpoint's directory")
      ->required();
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer("Examples:\n  ternsim inspect model.gguf\n  ternsim inspect bitnet-b1.58-2B-4T/ --json");
  return [command, options] { return *command ? run_inspect(*options) : -1; };
}

std::function<int()> add_convert(CLI::App& app) {
  auto* command = app.add_subcommand("convert", "Write a model as GGUF with the ternary and embedding types asked for");
  auto options = std::make_shared<ConvertOptions>();
  command
      ->add_option("input", options->input, "'embedded', a GGUF file, a .safetensors file or a checkpoint's directory")
      ->required();
  command->add_option("output", options->output, "GGUF file to write; it appears when it is complete")->required();
  add_write_options(*command, options->write);
  add_read_options(*command, options->read, "--input-i2s-layout");
  command->footer(
      "Examples:\n  ternsim convert bitnet-b1.58-2B-4T/ 2b4t.gguf\n"
      "  ternsim convert model.gguf model-tq1.gguf --type tq1_0 --embedding q6_k\n"
      "  ternsim convert master-weights/ model.gguf --ternarise");
  return [command, options] { return *command ? run_convert(*options) : -1; };
}

std::function<int()> add_synthesize(CLI::App& app) {
  auto* command = app.add_subcommand("synthesize", "Write a GGUF file of a model's shape with random ternary weights");
  auto options = std::make_shared<SynthesizeOptions>();
  command->add_option("shape", options->shape, "Shape: a YAML file, or a name in configs/models/")->required();
  command->add_option("output", options->output, "File to write")->required();
  command->add_option("--zeros", options->zeros, "Share of zero weights in rows that are not all zero")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--zero-rows", options->zero_rows, "Share of feed-forward neurons with all-zero gate and up rows")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the weights")->check(kSeed)->capture_default_str();
  add_write_options(*command, options->write);
  command->footer(
      "Examples:\n  ternsim synthesize bitnet-b158-2b4t 2b4t.gguf\n"
      "  ternsim synthesize configs/models/bitnet-b158-2b4t.yaml 2b4t.gguf --zeros 0.42 --seed 7 --embedding q6_k\n"
      "The same shape, seed and shares give the same weights in every type.");
  return [command, options] { return *command ? run_synthesize(*options) : -1; };
}

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

std::function<int()> add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Decode and prefill speed, against what this machine can do at best");
  auto options = std::make_shared<BenchCommandOptions>();
  command->add_option("model", options->model, "'embedded', a GGUF file, or a checkpoint's directory")->required();
  command->add_option("--threads", options->threads, "Threads, the main one included; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_option("--prefill", options->prefill, "Tokens of a prefill")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--decode", options->decode, "Tokens decoded one by one")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--context", options->context, "Positions held when decoding begins; default: as --prefill")
      ->check(CLI::Range(0, 1 << 20));
  command->add_option("--packing", options->packing, "How the ternary weights lie in memory")
      ->check(CLI::IsMember({"two-bit", "columns", "base3", "pair", "triple"}))
      ->capture_default_str();
  command->add_flag("--columns-for-down", options->columns_for_down,
                    "ffn_down in packing 'columns' whatever the others have: zero inputs cost no memory read there");
  command->add_option("--kv", options->kv, "How keys and values are kept")
      ->check(CLI::IsMember({"f32", "f16", "int8", "int4", "int3"}))
      ->capture_default_str();
  command
      ->add_option("--limit-memory", options->limit_memory,
                   "MiB that the read loops go through; less than the caches hold measures those")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  command->add_option("--repeat", options->repeats, "Times that each is measured, after a warm-up")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Examples:\n  ternsim bench model.gguf\n"
      "  ternsim bench 2b4t.gguf --threads 1 --packing base3 --columns-for-down --json\n"
      "  TERNSIM_ISA=avx2 ternsim bench embedded --prefill 64 --decode 32 --repeat 5");
  return [command, options] { return *command ? run_bench(*options) : -1; };
}

std::function<int()> add_designs(CLI::App& app) {
  auto* command = app.add_subcommand("designs", "Published accelerators, simulated from their published parameters");
  auto options = std::make_shared<DesignsOptions>();
  command->add_option("file", options->file, "Designs: a YAML file; default: configs/published/designs.yaml");
  command->add_option("-t,--technology", options->technology, kTechnologyHelp)->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Exit code 4: a design whose parameters are all published comes out outside of its tolerance.\n"
      "Examples:\n  ternsim designs\n  ternsim designs --json");
  return [command, options] { return *command ? run_designs(*options) : -1; };
}

std::function<int()> add_reproduce(CLI::App& app) {
  auto* command = app.add_subcommand("reproduce", "Every published figure with ours beside it, and what it leaves out");
  auto options = std::make_shared<ReproduceOptions>();
  command->add_option(
      "--table", options->tables,
      fmt::format("One table, or several: {}; default: all", fmt::join(ternsim::explore::reproduction_tables(), ", ")));
  command->add_option("--data", options->data, "Folder of the published figures (YAML); default: configs/published");
  command->add_option("--csv", options->csv, "Also write all figures into this file, a row each");
  command->add_option("--markdown", options->markdown, "Also write the tables into this file, as a document");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Exit code 4: a figure that is promised to agree does not.\n"
      "Examples:\n  ternsim reproduce\n  ternsim reproduce --table energy_2b4t --table headline\n"
      "  ternsim reproduce --table weight_formats --json\n"
      "  ternsim reproduce --csv figures.csv --markdown figures.md");
  return [command, options] { return *command ? run_reproduce(*options) : -1; };
}

std::function<int()> add_verify(CLI::App& app) {
  auto* command = app.add_subcommand("verify", "Hold the Verilated RTL against reference and SystemC, bits and cycles");
  auto options = std::make_shared<VerifyOptions>();
  auto* what = command->add_option_group("One of")->require_option(1);
  what->add_option("--rtl", options->rtl, "Verify this RTL configuration, from rtl/configs.yaml");
  auto* replay = what->add_option("--replay", options->replay, "Run a saved product again");
  command->add_option("-n,--vectors", options->vectors, "Vectors to compare: sums of one row tile for one token")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the products, or of the weights of --program layer")
      ->check(kSeed)
      ->capture_default_str();
  command->add_option("--min-columns", options->min_columns, "Shortest row (K) of the random products")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command->add_option("--max-columns", options->max_columns, "Longest; default: the longest that the engine admits")
      ->check(CLI::Range(1, 1 << 24));
  command
      ->add_option("-m,--model", options->model,
                   "Take products from a model's weights and activations: 'embedded', a GGUF file, a checkpoint's "
                   "directory. Default with --program token: embedded; layer, a shape: bitnet-b158-2b4t")
      ->excludes("--min-columns", "--max-columns");
  auto* program = command->add_option(
      "--program", options->program,
      "Instead of vectors, all matrix commands of one token of a model, or of a layer with random weights");
  program->check(CLI::IsMember({"token", "layer"}))->excludes("--vectors", "--min-columns", "--max-columns");
  command->add_option("-p,--prompt", options->prompt, "Text behind which a model's activations are taken");
  command->add_option("-a,--accelerator", options->accelerator, "Whose buffers a program is cut to, with that RTL")
      ->capture_default_str()
      ->needs(program);
  command->add_option("--inject-fault", options->inject_fault,
                      "BODY[:PRODUCT[:KIND]], of cpu, systemc, rtl, rtl_engine and of sums, cycles, lane_adds: add 1; "
                      "exit code 4 must follow");
  command->add_option("-o,--output", options->output, "Folder for a product that differs")->capture_default_str();
  for (const char* other : {"--vectors", "--seed", "--min-columns", "--max-columns", "--model", "--program", "--prompt",
                            "--inject-fault", "--output"})
    replay->excludes(command->get_option(other));
  command->add_option("--wave", options->wave, "Write the replay's waveform to this file (FST)")->needs(replay);
  add_read_options(*command, options->read, "--i2s-layout");
  command->add_flag("--json", options->json, "Print JSON instead of text");
  command->footer(
      "Bodies: CPU kernels, SystemC unit, RTL unit, RTL engine. The first difference ends the run with exit code 4,\n"
      "its product and waveform are saved.\n\nExamples:\n  ternsim verify --rtl edge\n"
      "  ternsim verify --rtl small --vectors 100000 --min-columns 256 --seed 7 --json\n"
      "  ternsim verify --rtl nano --model embedded\n  ternsim verify --rtl wide --program layer\n"
      "  ternsim verify --replay ternsim-mismatch-edge-0123456789abcdef.txt --wave edge.fst");
  return [command, options] { return *command ? run_verify(*options) : -1; };
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
