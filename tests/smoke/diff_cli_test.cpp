// `ternsim diff` from the outside, on results of `ternsim simulate`.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Outcome;
using test::run;

class DiffCli : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_diff_" + std::to_string(getpid()));
    fs::create_directories(dir_);
    a_ = simulate("a.json", "");
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return (dir_ / name).string();
  }
  std::string simulate(const std::string& name, const std::string& options) const {
    const Outcome o = run("simulate --prefill 2 --decode 1 --json " + options);
    EXPECT_EQ(o.code, 0) << o.out;
    return file(name, o.out);
  }
  fs::path dir_;
  std::string a_;
};

const json& row(const json& diff, const std::string& section, const std::string& name) {
  for (const json& s : diff.at("results").at("children"))
    if (s.at("name") == section)
      for (const json& r : s.at("children"))
        if (r.at("name") == name) return r;
  throw std::out_of_range(section + ": " + name);
}

json value(const json& node, const std::string& name) {
  for (const json& s : node.at("statistics"))
    if (s.at("name") == name) return s.at("value");
  throw std::out_of_range(name);
}

TEST_F(DiffCli, AnotherRunOfTheSameIsEqual) {
  const std::string again = simulate("again.json", "");
  const Outcome o = run("diff --exit-code " + a_ + " " + again);
  EXPECT_EQ(o.code, 0) << o.out;
  EXPECT_NE(o.out.find("equal: the configuration and "), std::string::npos) << o.out;
}

TEST_F(DiffCli, ChangedKeysAndWhatTheyDid) {
  const std::string b = simulate("b.json", "--set dram.channels=8 --set workload.zero_share=0.5");
  EXPECT_EQ(run("diff " + a_ + " " + b).code, 0);
  EXPECT_EQ(run("diff --exit-code " + a_ + " " + b).code, 1);
  const json diff = json::parse(run("diff --json " + a_ + " " + b).out);
  EXPECT_EQ(value(row(diff, "configuration", "accelerator.dram.channels"), "a"), "4");
  EXPECT_EQ(value(row(diff, "configuration", "accelerator.dram.channels"), "b"), "8");
  EXPECT_EQ(value(row(diff, "configuration", "workload.zero_share"), "b"), "0.5");
  const json& speed = row(diff, "headline", "machine decode tokens_per_second");
  EXPECT_GT(value(speed, "relative_change").get<double>(), 0);
  EXPECT_DOUBLE_EQ(value(speed, "relative_change").get<double>(),
                   value(speed, "b").get<double>() / value(speed, "a").get<double>() - 1);
  const auto reason = value(row(diff, "reasons", "machine decode units"), "reason").get<std::string>();
  EXPECT_EQ(reason.find("time -"), 0U) << reason;
  std::istringstream text(run("diff " + a_ + " " + b).out);
  for (std::string line; std::getline(text, line);)
    EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }), 100) << line;
}

TEST_F(DiffCli, RefusesWhatIsNoResultsFile) {
  const auto refused = [&](const std::string& path, const std::string& part) {
    const Outcome o = run("diff " + a_ + " " + path);
    EXPECT_EQ(o.code, 3) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << o.out;
    EXPECT_EQ(std::ranges::count(o.out, '\n'), 1) << o.out;
  };
  refused((dir_ / "absent.json").string(), "absent.json: no such file");
  refused(dir_.string(), "results.json: no such file");
  refused(file("old.json", R"({"schema":"ternsim-results","schema_version":1,"results":{}})"),
          "old.json: top level: schema_version 1, and this program reads 3");
  refused(file("other.json", R"({"schema":"x"})"), "schema 'x'");
  refused(file("text.json", "hello"), "text.json: not valid JSON");
}

}  // namespace
}  // namespace ternsim
