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
  // The line before it says what was simulated but, being disturbed, not compared.
  const std::size_t before = o.out.rfind('\n', line - 2) + 1;
  EXPECT_EQ(o.out.find("simulated ", before), before) << o.out;
  const json node = verification("--rtl small -n 40 --max-columns 64");
  const std::string last = o.out.substr(line);
  EXPECT_NE(last.find(", " + value(node, "compared_cycles").dump() + " cycles\n"), std::string::npos) << last;
  EXPECT_EQ(o.out.find("simulated " + value(node, "simulated_cycles").dump() + " cycles", before), before) << o.out;
  EXPECT_LT(value(node, "compared_cycles"), value(node, "simulated_cycles"));
}

TEST_F(Verify, TheProductsOfAModel) {
  const json node = verification("--rtl edge --model embedded -n 100");
  EXPECT_EQ(value(node, "vectors"), 100);
  EXPECT_GE(value(node, "smallest_columns"), 128);  // whole rows of its matrices
}

TEST_F(Verify, TheMatrixCommandsOfAToken) {
  const json node = verification("--rtl edge --program token");
  EXPECT_EQ(value(node, "undisturbed_products"), value(node, "products"));
  EXPECT_EQ(value(node, "compared_cycles"), value(node, "simulated_cycles"));
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

TEST_F(Verify, CyclesAndLaneAddsThatDifferAreSavedAndReplay) {
  for (const std::string fault : {"rtl_engine:2:cycles", "systemc:0:cycles", "cpu:3:lane_adds"}) {
    const Outcome o = run("verify --rtl small -n 200 --max-columns 64 --inject-fault " + fault + " -o '" +
                          (dir_ / fault).string() + "'");
    expect(o, 4, fault.ends_with("cycles") ? " cycles, " : " weight-activation pairs, ");
    const fs::path file = behind(o.out, "; saved ");
    ASSERT_TRUE(fs::exists(file)) << o.out;
    EXPECT_NE(slurp(file).find("fault " + fault.substr(0, fault.find(':')) + ":0:"), std::string::npos);
    expect(run("verify --replay '" + file.string() + "'"), 4, o.out.substr(o.out.rfind("ternsim: "), 40));
  }
  expect(run("verify --rtl small -n 2 --max-columns 20 --inject-fault rtl:0:cycles --seed 5"), 3,
         "no undisturbed product");
}

TEST_F(Verify, ADifferenceThatCannotBeSavedIsADifferenceStill) {
  std::ofstream(dir_ / "file") << "no folder\n";
  const std::string there = (dir_ / "file" / "x").string();
  const Outcome o = run("verify --rtl small -n 100 --max-columns 64 --inject-fault rtl_engine:0 -o '" + there + "'");
  expect(o, 4, "NOT identical: ");
  expect(o, 4, "rtl_engine has");
  expect(o, 4, "the product is not saved, choose another --output: " + there);
  EXPECT_EQ(o.out.find("replay: "), std::string::npos) << o.out;

  // The same of a replay's waveform.
  const Outcome saved =
      run("verify --rtl small -n 100 --max-columns 64 --inject-fault rtl_engine:0 -o '" + dir_.string() + "'");
  const Outcome again = run("verify --replay '" + behind(saved.out, "; saved ") + "' --wave '" + there + "'");
  expect(again, 4, "NOT identical: ");
  expect(again, 4, "the waveform is not saved: ");
}

TEST_F(Verify, TheHintIsWhatAShellTakes) {
  const fs::path folder = dir_ / "it's";
  const Outcome o =
      run("verify --rtl small -n 100 --max-columns 64 --inject-fault rtl:0 -o \"" + folder.string() + "\"");
  const std::string hint = "replay: ternsim ";
  const std::size_t at = o.out.find(hint);
  ASSERT_NE(at, std::string::npos) << o.out;
  const std::size_t begin = at + hint.size();
  expect(run(o.out.substr(begin, o.out.find('\n', begin) - begin)), 4, "rtl has");
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
  expect_error(run("verify --replay '" + dir_.string() + "'"), 3, "is a folder");
  expect_error(run("verify --rtl edge --inject-fault cpu:0:cycles"), 3, "no modelled clock");
  expect_error(run("verify --rtl edge --inject-fault rtl:0:bits"), 3, "sums, cycles, lane_adds");
  expect(run("verify --rtl small -n 5 --max-columns 20 --inject-fault rtl:999"), 3, "products only");
  expect(run("verify --rtl small -n 5 --max-columns 20 --inject-fault rtl:999:cycles"), 3, "products only");
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
