// `ternsim verify` from the outside: runs, refusals, and the way of a product that differs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "rtl/waveforms.h"
#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Outcome;
using test::run;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_verify_" + std::to_string(getpid()));
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }
  static void expect(const Outcome& o, int code, const std::string& part) {
    EXPECT_EQ(o.code, code) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << "wanted '" << part << "' in:\n" << o.out;
  }
  /// One line of message, no more.
  static void expect_error(const Outcome& o, int code, const std::string& part) {
    expect(o, code, part);
    EXPECT_EQ(std::count(o.out.begin(), o.out.end(), '\n'), 1) << o.out;
  }
  /// The node "verification" of a run with --json.
  static json verification(const std::string& arguments) {
    const Outcome o = run("verify --json " + arguments);
    EXPECT_EQ(o.code, 0) << o.out;
    const json report = json::parse(o.out);
    for (const json& node : report.at("results").at("children"))
      if (node.at("name") == "verification") return node;
    return {};
  }
  static json value(const json& node, const std::string& name) {
    for (const json& s : node.at("statistics"))
      if (s.at("name") == name) return s.at("value");
    return {};
  }
  static std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  /// Behind `word`, up to the next space or semicolon.
  static std::string behind(const std::string& text, const std::string& word) {
    const std::size_t at = text.find(word);
    if (at == std::string::npos) return "";
    return text.substr(at + word.size(), text.find_first_of(" ;\n", at + word.size()) - at - word.size());
  }
  fs::path dir_;
};

class VerifyConfigs : public Verify, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Configs, VerifyConfigs, ::testing::Values("nano", "small", "edge", "wide"),
                         [](const auto& config) { return config.param; });

TEST_P(VerifyConfigs, OneSeedIsOneRun) {
  const std::string arguments = std::string("--rtl ") + GetParam() + " -n 60 --max-columns 300 --seed ";
  const json first = verification(arguments + "5");
  EXPECT_EQ(value(first, "vectors"), 60);
  EXPECT_EQ(value(first, "identical").get<std::string>().find("matched 60 vectors, "), 0U);
  EXPECT_EQ(first, verification(arguments + "5"));
  EXPECT_NE(first, verification(arguments + "6"));
}

TEST_F(Verify, EndsWithTheLineThatSaysWhatMatched) {
  const Outcome o = run("verify --rtl small -n 40 --max-columns 64");
  ASSERT_EQ(o.code, 0) << o.out;
  const std::size_t line = o.out.rfind('\n', o.out.size() - 2) + 1;
  EXPECT_EQ(o.out.find("matched 40 vectors, ", line), line) << o.out;
  expect(o, 0, "RTL engine");
}

TEST_F(Verify, TheProductsOfAModel) {
  const json node = verification("--rtl edge --model embedded -n 100");
  EXPECT_EQ(value(node, "vectors"), 100);
  EXPECT_GE(value(node, "smallest_columns"), 128);  // whole rows of its matrices
}

TEST_F(Verify, TheMatrixCommandsOfAToken) {
  const json node = verification("--rtl edge --program token");
  EXPECT_EQ(value(node, "cycles_compared"), value(node, "products"));
  EXPECT_EQ(value(node, "disturbed_vectors"), 0);
}

TEST_F(Verify, ADifferenceIsSavedWithItsWaveformAndReplays) {
  for (const std::string body : {"rtl", "rtl_engine", "systemc"}) {
    const Outcome o = run("verify --rtl small -n 100 --max-columns 64 --inject-fault " + body + ":3 -o '" +
                          (dir_ / body).string() + "'");
    expect(o, 4, body + " has");
    const fs::path file = behind(o.out, "; saved ");
    ASSERT_TRUE(fs::exists(file)) << o.out;
    const std::string what = o.out.substr(o.out.rfind("ternsim: "), 40);
    if (rtl::kWaveforms) {
      // An FST file begins with a header block: type 0, then its length, 329, in eight bytes, the highest first.
      const std::string wave = slurp(behind(o.out, " and its waveform "));
      ASSERT_GT(wave.size(), 329U) << o.out;
      EXPECT_EQ(wave.substr(0, 9), std::string("\0\0\0\0\0\0\0\1\x49", 9));
    }
    const fs::path wave = dir_ / (body + ".fst");
    const Outcome again = run("verify --replay '" + file.string() + "'" +
                              (rtl::kWaveforms ? " --wave '" + wave.string() + "'" : std::string()));
    expect(again, 4, what);
    EXPECT_TRUE(!rtl::kWaveforms || fs::file_size(wave) > 329U);

    // The same product without the fault is what the hardware computes right.
    std::string text = slurp(file);
    text.replace(text.find("fault " + body), 6 + body.size(), "fault none");
    std::ofstream(dir_ / "right.txt") << text;
    expect(run("verify --replay '" + (dir_ / "right.txt").string() + "'"), 0, "matched ");
  }
}

TEST_F(Verify, AFaultInAProgramIsFoundToo) {
  const Outcome o =
      run("verify --rtl edge --program token --inject-fault rtl_engine --json -o '" + dir_.string() + "'");
  expect(o, 4, "blk.0.attn_q");
  expect(o, 4, "NOT identical: ");
  EXPECT_TRUE(fs::exists(behind(o.out, "; saved ")));
}

TEST_F(Verify, BadRequestsAreRefusedInOneLine) {
  expect_error(run("verify --rtl egde"), 3, "did you mean 'edge'");
  expect_error(run("verify --rtl edge --min-columns 9000"), 3, "admits 1 to 8192");
  expect_error(run("verify --rtl edge --inject-fault gpu"), 3, "cpu, systemc, rtl, rtl_engine");
  expect_error(run("verify --rtl edge --ternarise"), 3, "give --model");
  expect_error(run("verify --rtl edge --program layer -p text"), 3, "give --model");
  expect_error(run("verify --rtl edge --model bitnet-b158-2b4t"), 3, "a shape has no weights");
  expect_error(run("verify --rtl edge --program layer --model embedded"), 3, "--program token");
  expect_error(run("verify --rtl edge --program token -a edge-lut"), 3, "adder_tree");
  expect_error(run("verify --replay nowhere.txt"), 3, "nowhere.txt");
  std::ofstream(dir_ / "bad.txt") << "no product\n";
  expect_error(run("verify --replay '" + (dir_ / "bad.txt").string() + "'"), 3, "bad.txt:1: ");
  expect(run("verify --rtl small -n 5 --max-columns 20 --inject-fault rtl:999"), 3, "products only");
}

TEST_F(Verify, OptionsThatSayNothingTogetherAreWrongUsage) {
  for (const char* arguments :
       {"", "--rtl edge --vectors 0", "--rtl edge --seed -1", "--rtl edge --wave x.fst", "--rtl edge -a edge-lpddr5x",
        "--rtl edge --program token --vectors 5", "--rtl edge --program pass",
        "--rtl edge --model embedded --max-columns 64", "--replay x.txt --rtl edge", "--replay x.txt --seed 3"})
    EXPECT_EQ(run(std::string("verify ") + arguments).code, 2) << arguments;
  expect(run("verify --help"), 0, "Examples:");
}

}  // namespace
}  // namespace ternsim
