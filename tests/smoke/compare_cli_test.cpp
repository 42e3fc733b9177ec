// `ternsim compare` from the outside, on results of `ternsim simulate`.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Outcome;
using test::run;

class CompareCli : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_compare_" + std::to_string(getpid()));
    fs::create_directories(dir_);
    four_ = simulate("four.json", "");
    eight_ = simulate("eight.json", "--set dram.channels=8");
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string contents(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string simulate(const std::string& name, const std::string& options) const {
    const Outcome o = run("simulate --prefill 2 --decode 1 --json " + options);
    EXPECT_EQ(o.code, 0) << o.out;
    return file(name, o.out);
  }
  fs::path dir_;
  std::string four_, eight_;
};

json child(const json& node, const std::string& name) {
  for (const json& one : node.at("children"))
    if (one.at("name") == name) return one;
  throw std::out_of_range(name);
}

double value(const json& node, const std::string& name) {
  for (const json& s : node.at("statistics"))
    if (s.at("name") == name) return s.at("value").get<double>();
  throw std::out_of_range(name);
}

TEST_F(CompareCli, WritesAllForms) {
  const Outcome o = run("compare " + four_ + " wide=" + eight_ + " --json --html " + path("c.html") + " --csv " +
                        path("c.csv") + " --markdown " + path("c.md"));
  ASSERT_EQ(o.code, 0) << o.out;
  const json decode = child(json::parse(o.out).at("results"), "decode");
  const double four = value(child(child(decode, "figures"), "four"), "tokens_per_second");
  const double wide = value(child(child(decode, "figures"), "wide"), "tokens_per_second");
  EXPECT_GT(wide, four);
  EXPECT_DOUBLE_EQ(value(child(child(decode, "ratios"), "wide"), "tokens_per_second"), wide / four);
  const json results = json::parse(contents("four.json")).at("results");
  EXPECT_EQ(four, value(child(child(results, "machine"), "decode"), "tokens_per_second"));
  EXPECT_NE(contents("c.csv").find("results/configuration/accelerator.dram.channels,wide,8"), std::string::npos);
  EXPECT_NE(contents("c.md").find("| accelerator.dram.channels | 4 | 8 |"), std::string::npos);
  EXPECT_NE(contents("c.html").find("accelerator.dram.channels"), std::string::npos);
  const Outcome text = run("compare " + four_ + " " + eight_ + " --baseline eight");
  EXPECT_EQ(text.code, 0) << text.out;
  EXPECT_NE(text.out.find("2x is twice eight"), std::string::npos) << text.out;
}

TEST_F(CompareCli, RefusesWithOneLine) {
  const auto refused = [&](const std::string& arguments, int code, const std::string& part) {
    const Outcome o = run("compare " + arguments);
    EXPECT_EQ(o.code, code) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << o.out;
    EXPECT_EQ(std::ranges::count(o.out, '\n'), 1) << o.out;
  };
  refused(four_, 2, "results");
  refused(four_ + " " + four_, 3, "are both called 'four': give one another name, NAME=FILE");
  refused(four_ + " " + eight_ + " --baseline nine", 3, "--baseline nine: no such run; there are four, eight");
  refused(four_ + " x=" + path("absent.json"), 3, "absent.json: no such file");
  refused(four_ + " " + file("old.json", R"({"schema":"ternsim-results","schema_version":1,"results":{}})"), 3,
          "old.json: top level: schema_version 1, and this program reads ");
  refused(four_ + " " + eight_ + " --html " + path("no/such/place.html"), 3, "place.html");
}

}  // namespace
}  // namespace ternsim
