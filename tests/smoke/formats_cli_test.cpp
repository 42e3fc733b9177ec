#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/formats_checkpoint.h"
#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;

using test::Outcome;
using test::run;

class FormatsCli : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_formats_cli_" + std::to_string(getpid()));
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  static void expect(const Outcome& o, int code, const std::string& part) {
    EXPECT_EQ(o.code, code) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << "wanted '" << part << "' in:\n" << o.out;
  }
  /// One line of message, no more, and no file.
  void expect_error(const Outcome& o, int code, const std::string& part, const std::string& absent) const {
    expect(o, code, part);
    EXPECT_EQ(std::count(o.out.begin(), o.out.end(), '\n'), 1) << o.out;
    EXPECT_FALSE(fs::exists(path(absent)));
  }
  static nlohmann::json statistic(const nlohmann::json& node, const std::string& name) {
    for (const auto& s : node.at("statistics"))
      if (s.at("name") == name) return s.at("value");
    return nullptr;
  }
  fs::path dir_;
};

TEST_F(FormatsCli, HelpWithExamples) {
  for (const char* command : {"inspect", "convert", "synthesize"})
    expect(run(std::string(command) + " --help"), 0, "Examples:");
}

TEST_F(FormatsCli, InspectTellsTheEmbeddedModel) {
  const Outcome o = run("inspect embedded --json");
  ASSERT_EQ(o.code, 0) << o.out;
  const auto root = nlohmann::json::parse(o.out).at("results");
  EXPECT_EQ(statistic(root, "architecture"), "bitnet-b1.58");
  EXPECT_EQ(statistic(root, "ternary_weights"), 4 * (2 * 256 * 256 + 2 * 256 * 128 + 3 * 256 * 768));
  expect(run("inspect embedded"), 0, "blk.3.ffn_down.weight");
  expect_error(run("inspect " + path("absent.gguf")), 3, "absent.gguf: cannot be opened", "absent.gguf");
}

// The very same model from another file: every logit of a generation is the same.
TEST_F(FormatsCli, AConvertedModelGeneratesTheSame) {
  expect(run("convert embedded " + path("a.gguf")), 0, "i2_s in blocks of 128, scales exact");
  const auto hash = [](const Outcome& o) {
    EXPECT_EQ(o.code, 0) << o.out;
    return nlohmann::json::parse(o.out).at("sums_and_logits_hash").get<std::string>();
  };
  EXPECT_EQ(hash(run("generate " + path("a.gguf") + " -p \"Once upon\" -n 4 --json")),
            hash(run("generate embedded -p \"Once upon\" -n 4 --json")));
  expect(run("convert " + path("a.gguf") + " " + path("b.gguf") + " --type tq2_0 --embedding q6_k"), 0,
         "scales rounded to float16: off by at most");
  expect(run("inspect " + path("b.gguf")), 0, "TQ2_0");
  // Through the other I2_S layout and back.
  expect(run("convert embedded " + path("c.gguf") + " --i2s-layout 64"), 0, "blocks of 64");
  expect(run("convert " + path("c.gguf") + " " + path("d.gguf") + " --input-i2s-layout 64"), 0, "blocks of 128");
  EXPECT_EQ(hash(run("generate " + path("d.gguf") + " -p \"Once upon\" -n 4 --json")),
            hash(run("generate " + path("a.gguf") + " -p \"Once upon\" -n 4 --json")));
}

// What would have no effect is refused rather than passed over.
TEST_F(FormatsCli, OptionsThatWouldChangeNothingAreRefused) {
  expect(run("convert embedded " + path("a.gguf") + " --type tq1_0"), 0, "tq1_0");
  expect_error(run("convert embedded " + path("b.gguf") + " --type tq1_0 --i2s-layout 64"), 3,
               "--i2s-layout is of type i2_s, but --type tq1_0 is written", "b.gguf");
  expect_error(run("convert " + path("a.gguf") + " " + path("b.gguf") + " --input-i2s-layout 64"), 3,
               "--input-i2s-layout would change nothing: the file has no I2_S tensors", "b.gguf");
  expect_error(run("inspect embedded --weight-scheme binary"), 3,
               "--weight-scheme would change nothing: master weights are not quantised without --ternarise", "b.gguf");
  expect_error(run("simulate -m bitnet-b158-2b4t --ternarise"), 3, "a shape says all about itself", "b.gguf");
}

// generate, perplexity and bench read files as convert and inspect do.
TEST_F(FormatsCli, CommandsThatRunAModelTakeTheReadOptions) {
  expect(run("convert embedded " + path("arm.gguf") + " --i2s-layout 64"), 0, "blocks of 64");
  const auto hash = [](const Outcome& o) {
    EXPECT_EQ(o.code, 0) << o.out;
    return nlohmann::json::parse(o.out).at("sums_and_logits_hash").get<std::string>();
  };
  const std::string right = hash(run("generate embedded -p \"Once upon\" -n 4 --json"));
  EXPECT_EQ(hash(run("generate " + path("arm.gguf") + " -p \"Once upon\" -n 4 --json --i2s-layout 64")), right);
  EXPECT_NE(hash(run("generate " + path("arm.gguf") + " -p \"Once upon\" -n 4 --json")), right);
  for (const char* command : {"generate", "chat", "perplexity", "bench", "evaluate", "simulate", "report"})
    for (const char* option : {"--i2s-layout", "--ternarise", "--weight-scheme", "--ffn-activation"})
      expect(run(std::string(command) + " --help"), 0, option);
  expect_error(run("generate embedded -p x -n 1 --weight-scheme binary"), 3, "--weight-scheme would change nothing",
               "b.gguf");
  expect_error(run("bench " + path("arm.gguf") + " --weight-scheme binary"), 3, "--weight-scheme would change nothing",
               "b.gguf");
  // A vocabulary from another file, here the very same.
  EXPECT_EQ(hash(run("generate embedded -p \"Once upon\" -n 4 --json --tokenizer " + path("arm.gguf"))), right);
  std::ofstream(path("bad.json")) << "{}";
  expect_error(run("generate embedded -p x -n 1 --tokenizer " + path("bad.json")), 3, "bad.json: ", "b.gguf");
}

// Folders named like a model do not stand before it; one that holds a checkpoint is named by its path everywhere.
TEST_F(FormatsCli, FoldersAndNames) {
  fs::create_directories(path("embedded"));
  fs::create_directories(path("bitnet-b158-2b4t"));
  fs::create_directories(path("empty"));
  const auto there = [&](const std::string& arguments) {
    const fs::path before = fs::current_path();
    fs::current_path(dir_);
    const Outcome o = run(arguments);
    fs::current_path(before);
    return o;
  };
  expect(there("generate -p Once -n 2"), 0, "Once");
  expect(there("inspect embedded --json"), 0, "bitnet-b1.58");
  expect_error(there("bench bitnet-b158-2b4t"), 3, "a shape has no weights", "b.gguf");
  for (const char* command : {"bench empty", "inspect empty", "generate empty -p x", "evaluate empty"})
    expect_error(there(command), 3, "empty/config.json: cannot be opened", "b.gguf");
}

TEST_F(FormatsCli, ACheckpointsDirectoryGoesWhereverAModelGoes) {
  const model::testing::TemporaryFolder folder("formats_cli_checkpoint");
  model::testing::RawCheckpoint checkpoint;
  checkpoint.build(11);
  checkpoint.put(folder);
  std::ofstream(path("w.yaml")) << "name: w\nprefill_tokens: 2\ndecode_tokens: 1\ncontext: 0\nbatch: 1\n"
                                   "zero_share: 0.4\n";
  const std::string directory = folder.path.string();
  for (const std::string& name : {directory, directory + "/", directory + "/model.safetensors"}) {
    expect(run("bench " + name + " --threads 1 --prefill 4 --decode 4 --repeat 1 --limit-memory 1"), 0, "decode");
    expect(run("convert " + name + " " + path("c.gguf")), 0, "scales exact");
    expect(run("inspect " + name), 0, "safetensors");
    expect_error(run("generate " + name + " -p x -n 1 --i2s-layout 64"), 3,
                 "--i2s-layout would change nothing: only GGUF files hold I2_S tensors", "x.gguf");
    expect(run("generate " + name + " -p x -n 1"), 3, "okenizer");
    expect(run("simulate -m " + name + " -w " + path("w.yaml")), 0, "tokens_per_second");
  }
}

TEST_F(FormatsCli, SeedsAreWholeNumbersFromZero) {
  for (const char* command : {"generate -p x -n 1", "chat", "evaluate", "synthesize bitnet-b158-2b4t s.gguf"})
    for (const char* seed : {"-1", "18446744073709551616", "1.5", "x"})
      expect(run(std::string(command) + " --seed " + seed), 2, "a whole number from 0 to 2^64 - 1 expected");
  expect(run("generate -p Once -n 1 --seed 18446744073709551615"), 0, "Once");
}

TEST_F(FormatsCli, SynthesizeWritesTheShapeAskedFor) {
  std::ofstream(path("small.yaml"))
      << "name: small\narchitecture: bitnet\nvocab_size: 64\ncontext_length: 32\n"
         "embedding_length: 128\nblock_count: 1\nfeed_forward_length: 320\nhead_count: 2\n"
         "head_count_kv: 2\nhead_dim: 64\nnorm_epsilon: 1.0e-5\nrope_theta: 10000\n"
         "ffn_activation: swiglu\nembedding_type: f16\n";
  const std::string shape = path("small.yaml");
  expect(run("synthesize " + shape + " " + path("s.gguf") + " --zeros 0.5 --seed 3"), 0, "s.gguf: ");
  const Outcome o = run("inspect " + path("s.gguf") + " --json");
  ASSERT_EQ(o.code, 0) << o.out;
  const auto root = nlohmann::json::parse(o.out).at("results");
  EXPECT_EQ(statistic(root, "model_name"), "synthetic small, seed 3");
  EXPECT_NEAR(statistic(root, "zero_share").get<double>(), 0.5, 0.05);
  EXPECT_EQ(statistic(root, "tokenizer"), "none");
  // Without a tokenizer the check begins with one token.
  expect(run("simulate --check -m " + path("s.gguf") + " -w chat --prefill 2 --decode 1"), 0, "sums_checked");
  expect_error(run("synthesize " + shape + " " + path("t.gguf") + " --type tq1_0"), 3,
               "blk.0.attn_q.weight has rows of 128 weights", "t.gguf");
  expect_error(run("synthesize " + shape + " /no/such/folder/t.gguf"), 3, "cannot be written", "t.gguf");
  expect_error(run("synthesize bitnet-b158-2b4 " + path("t.gguf")), 3, "did you mean 'bitnet-b158-2b4t'", "t.gguf");
  EXPECT_EQ(run("synthesize " + shape + " " + path("t.gguf") + " --zeros 2").code, 2);
  EXPECT_EQ(run("convert embedded " + path("t.gguf") + " --type q4_0").code, 2);
}

}  // namespace
}  // namespace ternsim
