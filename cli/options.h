#pragma once

#include <cstdint>
#include <string>

namespace ternsim::cli {

/// Exit codes of every command.
enum ExitCode { kOk = 0, kUsage = 2, kBadInput = 3, kMismatch = 4, kInternal = 70 };

struct GenerateOptions {
  std::string model = "embedded";
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
  std::string workload = "chat";
  std::string technology = "published-7nm";
  std::string prompt = "Once upon a time";
  bool check = false;
  bool print_program = false;
  bool json = false;
};

struct ReportOptions {
  std::string accelerator = "edge-lpddr5x";
  std::string baseline;  ///< empty: derived from the accelerator
  std::string model = "embedded";
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
  std::string text;  ///< empty: the held-out slice carried with the embedded model
  std::int64_t stories = 10;
  std::uint64_t seed = 1;
  bool json = false;
};

int run_generate(const GenerateOptions& options);
int run_simulate(const SimulateOptions& options);
int run_report(const ReportOptions& options);
int run_evaluate(const EvaluateOptions& options);

}  // namespace ternsim::cli
