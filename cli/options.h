#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ternsim::cli {

/// Exit codes of every command.
enum ExitCode { kOk = 0, kUsage = 2, kBadInput = 3, kMismatch = 4, kInternal = 70 };

/// How a model file is to be understood where it does not say.
struct ReadOptions {
  std::string ffn_activation;  ///< empty: as the file says
  int i2s_layout = 0;          ///< 0: not given, 128
  bool ternarise = false;
  std::string weight_scheme;  ///< empty: as the file says, or ternary
};

/// Of the commands that run a model.
struct InferenceFlags {
  int threads = 0;  ///< 0: all cores
  std::string kv;   ///< empty: f32, or f16 where the compatibility mode keeps them so
  std::string compatibility = "reference";
  ReadOptions read;
  std::string activation_scheme;  ///< empty: as the file says
  std::string tokenizer;          ///< a file whose vocabulary takes the place of the model's; empty: the model's
};

struct GenerateOptions {
  std::string model = "embedded";
  InferenceFlags inference;
  std::string prompt;
  std::int64_t count = 64;
  std::string engine = "cpu";
  std::string rtl_config = "edge";
  double temperature = 0;
  std::int64_t top_k = 0;
  double top_p = 1;
  std::uint64_t seed = 1;
  bool json = false;
};

struct SimulateOptions {
  std::string accelerator = "edge-lpddr5x";
  std::string model = "embedded";
  ReadOptions read;
  std::string workload = "chat";
  std::string topology;  ///< a CSV file of products in place of model and workload; empty: none
  std::string technology = "published-7nm";
  std::string prompt = "Once upon a time";
  /// In place of the workload's own.
  std::optional<std::int64_t> prefill, decode, context, batch;
  bool check = false;
  bool print_program = false;
  std::string trace;         ///< a file; empty: none
  std::string trace_window;  ///< empty: all
  std::int64_t trace_events = 250'000;
  bool json = false;
};

struct ReportOptions {
  std::string accelerator = "edge-lpddr5x";
  std::string baseline;  ///< empty: derived from the accelerator
  std::string model = "embedded";
  ReadOptions read;
  std::string workload = "chat";
  std::string technology = "published-7nm";
  std::string prompt = "Once upon a time";
  std::int64_t count = 64;
  std::string output = "ternsim-report";
  std::string inject_fault;
  bool json = false;
};

struct EvaluateOptions {
  std::string model = "embedded";
  ReadOptions read;
  std::string text;  ///< empty: the held-out slice carried with the embedded model
  std::int64_t stories = 10;
  std::uint64_t seed = 1;
  bool json = false;
};

/// Of the files that convert and synthesize write.
struct WriteOptions {
  std::string type = "i2_s";
  std::string embedding;  ///< empty: as the model or shape has it
  int i2s_layout = 0;     ///< 0: not given, 128
};

struct InspectOptions {
  std::string model;
  ReadOptions read;
  bool json = false;
};

struct ConvertOptions {
  std::string input;
  std::string output;
  ReadOptions read;
  WriteOptions write;
};

struct SynthesizeOptions {
  std::string shape;
  std::string output;
  double zeros = 0.42;
  double zero_rows = 0.048;
  std::uint64_t seed = 1;
  WriteOptions write;
};

struct PerplexityOptions {
  std::string model;
  std::string text;
  std::int64_t context = 0;  ///< 0: the model's, up to 2048
  InferenceFlags inference;
  bool json = false;
};

struct ChatCommandOptions {
  std::string model = "embedded";
  std::string system;
  std::string template_file;  ///< empty: BitNet b1.58 2B4T's
  std::int64_t count = 512;
  double temperature = 0.6;
  std::int64_t top_k = 0;
  double top_p = 0.9;
  std::uint64_t seed = 1;
  InferenceFlags inference;
};

struct BenchCommandOptions {
  std::string model;
  ReadOptions read;
  int threads = 0;  ///< 0: all cores
  std::int64_t prefill = 128;
  std::int64_t decode = 64;
  std::int64_t context = -1;  ///< -1: as many as `prefill`
  std::int64_t repeats = 3;
  std::string packing = "two-bit";
  bool columns_for_down = false;
  std::int64_t limit_memory = 1024;  ///< MiB that the read loops go through
  std::string kv = "f32";
  bool json = false;
};

struct DesignsOptions {
  std::string file;  ///< empty: configs/published/designs.yaml
  std::string technology = "published-7nm";
  bool json = false;
};

int run_generate(const GenerateOptions& options);
int run_simulate(const SimulateOptions& options);
int run_report(const ReportOptions& options);
int run_evaluate(const EvaluateOptions& options);
int run_perplexity(const PerplexityOptions& options);
int run_chat(const ChatCommandOptions& options);
int run_inspect(const InspectOptions& options);
int run_convert(const ConvertOptions& options);
int run_synthesize(const SynthesizeOptions& options);
int run_bench(const BenchCommandOptions& options);
int run_designs(const DesignsOptions& options);

}  // namespace ternsim::cli
