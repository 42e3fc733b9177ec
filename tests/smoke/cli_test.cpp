#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;

using test::Outcome;
using test::run;

class Cli : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_cli_" + std::to_string(getpid()));
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return (dir_ / name).string();
  }
  static std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static void expect(const Outcome& o, int code, const std::string& part) {
    EXPECT_EQ(o.code, code) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << "wanted '" << part << "' in:\n" << o.out;
  }
  /// One line of message, no more.
  static void expect_error(const Outcome& o, int code, const std::string& part) {
    expect(o, code, part);
    EXPECT_EQ(std::count(o.out.begin(), o.out.end(), '\n'), 1) << o.out;
  }
  const fs::path source_ = TERNSIM_SOURCE_DIR;
  fs::path dir_;
};

TEST_F(Cli, HelpEverywhereWithExamples) {
  expect(run("--help"), 0, "Exit codes");
  for (const char* command : {"generate", "simulate", "report", "evaluate"})
    expect(run(std::string(command) + " --help"), 0, "Examples:");
  expect(run("--version"), 0, "ternsim ");
  EXPECT_EQ(run("").code, 2);
  EXPECT_EQ(run("generat -p x").code, 2);
  EXPECT_EQ(run("generate --no-such-option -p x").code, 2);
}

TEST_F(Cli, GenerateIsTheSameOnEveryEngine) {
  std::string hash;
  for (const char* engine : {"cpu", "systemc", "rtl"}) {
    const Outcome o = run(std::string("generate -p \"Once upon a time\" -n 6 --json --engine ") + engine);
    ASSERT_EQ(o.code, 0) << o.out;
    const auto j = nlohmann::json::parse(o.out);
    EXPECT_EQ(j["tokens"].size(), 6U);
    EXPECT_EQ(j["lane_adds"], j["graph_lane_adds"]);
    if (hash.empty()) hash = j["sums_and_logits_hash"].get<std::string>();
    EXPECT_EQ(j["sums_and_logits_hash"], hash) << engine;
  }
}

TEST_F(Cli, SamplingRepeatsWithItsSeed) {
  const std::string arguments = "generate -p \"One day\" -n 20 --temperature 0.9 --top-k 50 --json --seed ";
  const auto tokens = [&](int seed) {
    return nlohmann::json::parse(run(arguments + std::to_string(seed)).out)["tokens"];
  };
  EXPECT_EQ(tokens(5), tokens(5));
  EXPECT_NE(tokens(5), tokens(6));
}

TEST_F(Cli, BadModelFiles) {
  expect_error(run("generate nowhere.gguf -p x"), 3, "nowhere.gguf");
  const std::string model = slurp(source_ / "assets/tinyllm-b158.gguf");
  ASSERT_GT(model.size(), 1000U);
  expect_error(run("generate " + file("half.gguf", model.substr(0, model.size() / 2)) + " -p x"), 3, "half.gguf");
  expect_error(run("generate " + file("tiny.gguf", model.substr(0, 10)) + " -p x"), 3, "tiny.gguf");
  expect_error(run("generate " + file("empty.gguf", "") + " -p x"), 3, "empty.gguf");
  std::string other = model;
  const std::size_t at = other.find("bitnet-b1.58");
  other.replace(at, 12, "mamba-b12345");
  expect_error(run("generate " + file("arch.gguf", other) + " -p x"), 3, "mamba-b12345");
  // The first tensor's type follows its name and dimensions; an id that nobody knows.
  other = model;
  const std::size_t name = other.find("output_norm.weight");
  other[name + 18 + 4 + 8] = static_cast<char>(200);
  expect_error(run("generate " + file("type.gguf", other) + " -p x"), 3, "200");
}

TEST_F(Cli, BadPrompts) {
  expect_error(run("generate -p \"\""), 3, "the prompt is empty");
  std::string words;
  for (int i = 0; i < 600; ++i) words += "word ";
  expect_error(run("generate -n 4 -p \"" + words + "\""), 3, "context");
  expect_error(run("generate -n 1 -p \"$(printf 'a\\377')\""), 3, "UTF-8");
}

TEST_F(Cli, BadConfigurations) {
  const std::string edge = slurp(source_ / "configs/accelerators/edge-lpddr5x.yaml");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = edge;
    text.replace(text.find(from), from.size(), to);
    return "simulate -a " + file("a.yaml", text);
  };
  expect_error(run(with("clock_hz", "clock_herz")), 3, "clock_hz");
  expect_error(run(with("queue_depth: 8", "queue_depth: deep")), 3, "expected a whole number, found 'deep'");
  expect_error(run(with("queue_depth: 8", "queue_depth: 8\n  queue_dept: 8")), 3, "did you mean 'queue_depth'?");
  expect_error(run(with("weight_bytes: 524288", "weight_bytes: 128")), 3, "buffers.weight_bytes 128 is too small");
  expect_error(run(with("channels: 4", "channels: 0")), 3, "0 is outside of 1 ... 1024");
  expect_error(run("simulate -a edge-lpddr5"), 3, "did you mean 'edge-lpddr5x'?");
  expect_error(run("simulate -w " + file("long.yaml",
                                         "name: l\nprefill_tokens: 600\ndecode_tokens: 0\ncontext: 0\n"
                                         "batch: 1\nzero_share: 0.4\n")),
               3, "context 0 + 600 tokens is longer than the model's context_length 512");
  expect_error(run("simulate --check -m bitnet-b158-2b4t"), 3, "--check needs a model with weights");
  expect_error(run("simulate -w " + file("w.yaml", "name: w\nprefill_tokens: -1\n")), 3, "w.yaml:2: prefill_tokens");
}

TEST_F(Cli, SimulateChecksEverySum) {
  const Outcome o = run("simulate --check --json");
  ASSERT_EQ(o.code, 0) << o.out;
  EXPECT_NE(o.out.find("\"sums_checked\""), std::string::npos);
  expect(run("simulate --check --prompt '' --prefill 2 --decode 1"), 0, "sums_checked");
  expect(run("simulate -m bitnet-b158-2b4t -w decode-512"), 0, "tokens_per_second");
  expect(run("simulate --print-program"), 0, "matmul_chunk");
}

// A machine without RTL has no engines to compare; its simulated sums are held to the reference all the same.
TEST_F(Cli, ReportOfAMachineWithoutRtl) {
  expect(run("report -a edge-zero-skip -w chat -o " + (dir_ / "r").string()), 0, "Ternary, zeros skipped");
  EXPECT_NE(slurp(dir_ / "r/results.json").find("\"sums_checked\""), std::string::npos);
  expect_error(run("report -a edge-lut --inject-fault rtl:1 -o " + (dir_ / "r").string()), 3, "has no RTL");
  expect_error(run("report -a edge-lpddr5x-int8 -o " + (dir_ / "r").string()), 3, "is no ternary machine");
}

TEST_F(Cli, ReportWritesItsFilesAndAgrees) {
  const Outcome o = run("report -n 32 -o " + (dir_ / "r").string());
  expect(o, 0, "tokens identical: cpu = systemc = rtl over 32 tokens");
  expect(o, 0, "report: ");
  EXPECT_GT(fs::file_size(dir_ / "r/report.html"), 100000U);
  EXPECT_GT(fs::file_size(dir_ / "r/results.csv"), 1000U);
  const auto j = nlohmann::json::parse(slurp(dir_ / "r/results.json"));
  EXPECT_EQ(j["schema"], "ternsim-results");
}

TEST_F(Cli, AFaultInAnyEngineFailsTheReport) {
  for (const char* engine : {"cpu", "systemc", "rtl"})
    expect(run(std::string("report -n 32 --inject-fault ") + engine + ":1 -o " + (dir_ / "f").string()), 4,
           "differ first in pass 0, blk.1.attn_q");
  expect_error(run("report --inject-fault gpu:1"), 3, "expected ENGINE:LAYER");
  expect_error(run("report --inject-fault rtl:99"), 3, "the model has layers");
}

}  // namespace
}  // namespace ternsim
