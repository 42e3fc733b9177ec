#include "cli/command_line/common.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

namespace ternsim::cli {

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

}  // namespace ternsim::cli
