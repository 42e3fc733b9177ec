// generate, perplexity and chat as they are called.
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

namespace ternsim {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string out;
};

/// Of a shell line in which "ternsim" stands for the program.
Outcome shell(const std::string& line) {
  std::string command = line;
  const std::string name = "ternsim ";
  command.replace(command.find(name), name.size(), std::string(TERNSIM_BINARY) + " ");
  Outcome o;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) o.out.append(buffer.data(), n);
  const int status = pclose(pipe);
  o.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return o;
}

class ReferenceCli : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_reference_cli_" + std::to_string(getpid()));
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return (dir_ / name).string();
  }
  fs::path dir_;
};

TEST_F(ReferenceCli, ThreadsChangeNothingModesDo) {
  const auto hash = [](const std::string& options) {
    const Outcome o = shell("ternsim generate -p 'Once upon a time' -n 12 --json " + options + " 2>/dev/null");
    EXPECT_EQ(o.code, 0) << o.out;
    return nlohmann::json::parse(o.out).at("sums_and_logits_hash").get<std::string>();
  };
  const std::string reference = hash("--threads 1");
  EXPECT_EQ(hash("--threads 3"), reference);
  EXPECT_EQ(hash("--compatibility reference --kv f32 --activation-scheme absmax8 --ffn-activation relu2"), reference);
  EXPECT_NE(hash("--compatibility bitnet-cpp"), reference);
  EXPECT_NE(hash("--compatibility transformers"), reference);
  EXPECT_NE(hash("--kv int4"), reference);
  EXPECT_NE(hash("--activation-scheme a4.8"), reference);
}

TEST_F(ReferenceCli, SaysWhatAModeMadeOfTheOptions) {
  const auto of = [](const std::string& options) {
    const Outcome o = shell("ternsim generate -p Once -n 2 --json " + options + " 2>/dev/null");
    EXPECT_EQ(o.code, 0) << o.out;
    return nlohmann::json::parse(o.out);
  };
  EXPECT_EQ(of("").at("kv_precision"), "f32");
  EXPECT_EQ(of("--compatibility bitnet-cpp").at("kv_precision"), "f16");
  EXPECT_EQ(of("--compatibility bitnet-cpp --kv int8").at("kv_precision"), "int8");
  EXPECT_EQ(of("--compatibility reference").at("products_per_linear"), 1);
  const nlohmann::json two = of("--compatibility transformers");
  EXPECT_EQ(two.at("products_per_linear"), 2);
  EXPECT_EQ(two.at("lane_adds").get<std::uint64_t>(), 2 * two.at("graph_lane_adds").get<std::uint64_t>());
  const Outcome text = shell("ternsim generate -p Once -n 2 --compatibility bitnet-cpp 2>&1 >/dev/null");
  EXPECT_NE(text.out.find("[compatibility: bitnet-cpp; keys and values: f16]"), std::string::npos) << text.out;

  const Outcome kv = shell("ternsim generate -p Once -n 2 --kv f32 --compatibility bitnet-cpp 2>&1");
  EXPECT_EQ(kv.code, 3);
  EXPECT_NE(kv.out.find("--kv f32"), std::string::npos) << kv.out;
  for (const std::string engine : {"systemc", "rtl"}) {
    const Outcome o = shell("ternsim generate -p Once -n 2 --compatibility transformers --engine " + engine + " 2>&1");
    EXPECT_EQ(o.code, 3);
    EXPECT_NE(o.out.find("runs on --engine cpu alone"), std::string::npos) << o.out;
  }
}

TEST_F(ReferenceCli, TheActivationChosenIsSaid) {
  const Outcome o = shell("ternsim generate -p Once -n 2 2>&1 >/dev/null");
  EXPECT_NE(o.out.find("[feed-forward activation: squared ReLU ("), std::string::npos) << o.out;
}

TEST_F(ReferenceCli, PerplexityOfATextFile) {
  const std::string text =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the sun. One day, she saw a "
      "big tree with a swing.";
  const std::string path = file("text.txt", text);
  const auto score = [&](const std::string& options) {
    const Outcome o = shell("ternsim perplexity embedded " + path + " --json " + options + " 2>/dev/null");
    EXPECT_EQ(o.code, 0) << o.out;
    return o.out;
  };
  const std::string all = score("");
  EXPECT_EQ(score("--threads 1"), all);
  EXPECT_NE(score("--context 8"), all);
  // A story of its own kind: far below the vocabulary's hundreds of equally likely tokens, above none.
  const std::string key = "\"perplexity_per_token\"";
  const std::size_t at = all.find(key);
  ASSERT_NE(at, std::string::npos) << all;
  const double perplexity = std::stod(all.substr(all.find("\"value\":", at) + 8));
  EXPECT_GT(perplexity, 1.0);
  EXPECT_LT(perplexity, 30.0);
  const Outcome empty = shell("ternsim perplexity embedded " + file("empty.txt", "") + " 2>&1");
  EXPECT_EQ(empty.code, 3);
  EXPECT_EQ(shell("ternsim perplexity embedded " + path + " --context 1000000 2>&1").code, 3);
  EXPECT_EQ(shell("ternsim perplexity embedded /nonexistent 2>&1").code, 3);
}

TEST_F(ReferenceCli, ChatThroughAPipe) {
  const std::string form = file("form.yaml",
                                "bos: true\ntrim: true\n"
                                "system: {prefix: \"\", suffix: \"\\n\"}\n"
                                "user: {prefix: \"\", suffix: \"\"}\n"
                                "assistant: {prefix: \"\", suffix: \"\\n\"}\n");
  const std::string chat = "ternsim chat --temperature 0 --tokens 8 --template " + form + " 2>/dev/null";
  const Outcome one = shell("printf 'Once upon a time\\n' | " + chat);
  EXPECT_EQ(one.code, 0);
  EXPECT_GT(one.out.size(), 8U);
  EXPECT_EQ(one.out.back(), '\n');
  // A reset forgets: the same answer again. Without it another. Lines behind /exit are not read.
  const Outcome reset = shell("printf 'Once upon a time\\n/reset\\n\\nOnce upon a time\\n/exit\\nmore\\n' | " + chat);
  EXPECT_EQ(reset.out, one.out + one.out);
  const Outcome fresh = shell("printf 'The cat\\n' | " + chat);
  const Outcome kept = shell("printf 'One day, a dog\\nThe cat\\n' | " + chat);
  EXPECT_EQ(std::count(kept.out.begin(), kept.out.end(), '\n'), 2);
  EXPECT_NE(kept.out.substr(kept.out.find('\n') + 1), fresh.out) << "the dog must matter";
  const Outcome full = shell("printf '%05000d\\n' 0 | ternsim chat --template " + form + " 2>&1");
  EXPECT_EQ(full.code, 0);
  EXPECT_NE(full.out.find("does not fit"), std::string::npos) << full.out;
  // The default format names a token that the embedded model's vocabulary lacks.
  const Outcome other = shell("printf 'Hi\\n' | ternsim chat 2>&1");
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.out.find("<|eot_id|>"), std::string::npos) << other.out;
}

}  // namespace
}  // namespace ternsim
