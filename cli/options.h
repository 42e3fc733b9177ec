#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ternsim::cli {

/// Exit codes of every command.
enum ExitCode { kOk = 0, kDifferent = 1, kUsage = 2, kBadInput = 3, kMismatch = 4, kInternal = 70 };

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

/// A workload file, and numbers in place of its own.
struct WorkloadOptions {
  std::string name = "chat";
  std::optional<std::int64_t> prefill, decode, context, batch;
};

struct SimulateOptions {
  std::string accelerator = "edge-lpddr5x";
  std::string model = "embedded";
  ReadOptions read;
  WorkloadOptions workload;
  std::vector<std::string> set;  ///< KEY=VALUE in place of what the files have
  std::string topology;          ///< a CSV file of products in place of model and workload; empty: none
  std::string technology = "published-7nm";
  std::string prompt = "Once upon a time";
  bool check = false;
  bool print_program = false;
  std::string trace;         ///< a file; empty: none
  std::string trace_window;  ///< empty: all
  std::int64_t trace_events = 250'000;
  std::string accelergy;       ///< a folder; empty: none
  std::string corner = "mid";  ///< of the energies written there
  std::string ert;             ///< a file; empty: the technology's energies
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

struct LadderOptions {
  std::string accelerator = "edge-lpddr5x";
  std::string model = "bitnet-b158-2b4t";
  ReadOptions read;
  WorkloadOptions workload;
  std::string technology = "published-7nm";
  bool all = false;                   ///< tables of many machines, on fixed workloads
  std::vector<std::string> machines;  ///< of these tables; empty: every one of configs/accelerators
  std::string markdown;               ///< a file; empty: none
  bool json = false;
};

struct OperatorsOptions {
  std::vector<std::string> technologies{"published-45nm", "published-7nm"};
  std::string accelerator = "edge-lpddr5x";
  std::string synthesis;  ///< a file; empty: reports/synthesis/synthesis.json
  std::string markdown;   ///< a file; empty: none
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

struct ReproduceOptions {
  std::vector<std::string> tables;  ///< empty: all
  std::string data;                 ///< folder of the published figures; empty: configs/published
  std::string csv;                  ///< a file; empty: none
  std::string markdown;             ///< a file; empty: none
  bool json = false;
};

struct VerifyOptions {
  std::string rtl;  ///< of rtl/configs.yaml
  std::int64_t vectors = 1000;
  std::uint64_t seed = 1;
  std::int64_t min_columns = 1;
  std::int64_t max_columns = 0;  ///< 0: all that the engine admits
  std::string program;           ///< "token" or "layer"; empty: vectors
  std::string model;             ///< empty: random products, or what the program runs by default
  ReadOptions read;
  std::string prompt;  ///< empty: "Once upon a time"
  std::string accelerator = "edge-lpddr5x";
  std::string inject_fault;
  std::string output = ".";  ///< folder for a product that differs
  std::string replay;        ///< a file; empty: none
  std::string wave;          ///< a file; empty: none
  bool json = false;
};

struct SweepOptions {
  std::string file;
  std::string store;  ///< a file; empty: the sweep file's name with .db, here
  int jobs = 0;       ///< 0: all cores
  std::string shard;  ///< I/N; empty: all
  bool retry_failed = false;
  std::string html;  ///< a file; empty: none
  std::size_t rows = 20;
  bool json = false;
};

struct FrontOptions {
  std::string store;
  std::string html;  ///< a file; empty: none
  std::size_t rows = 20;
  bool json = false;
};

struct MergeOptions {
  std::string output;
  std::vector<std::string> inputs;
};

struct DiffOptions {
  std::string a, b;
  std::size_t rows = 20;
  bool exit_code = false;
  bool json = false;
};

struct CompareOptions {
  std::vector<std::string> results;  ///< FILE or NAME=FILE
  std::string baseline;              ///< empty: the first
  std::string html;                  ///< a file; empty: none
  std::string markdown;              ///< a file; empty: none
  std::string csv;                   ///< a file; empty: none
  bool json = false;
};

struct DoctorOptions {
  bool json = false;
};

int run_generate(const GenerateOptions& options);
int run_simulate(const SimulateOptions& options);
int run_report(const ReportOptions& options);
int run_ladder(const LadderOptions& options);
int run_operators(const OperatorsOptions& options);
int run_evaluate(const EvaluateOptions& options);
int run_perplexity(const PerplexityOptions& options);
int run_chat(const ChatCommandOptions& options);
int run_inspect(const InspectOptions& options);
int run_convert(const ConvertOptions& options);
int run_synthesize(const SynthesizeOptions& options);
int run_bench(const BenchCommandOptions& options);
int run_designs(const DesignsOptions& options);
int run_verify(const VerifyOptions& options);
int run_reproduce(const ReproduceOptions& options);
int run_sweep(const SweepOptions& options);
int run_front(const FrontOptions& options);
int run_merge(const MergeOptions& options);
int run_diff(const DiffOptions& options);
int run_compare(const CompareOptions& options);
int run_doctor(const DoctorOptions& options);

}  // namespace ternsim::cli
