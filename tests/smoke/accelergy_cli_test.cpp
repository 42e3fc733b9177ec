// `ternsim simulate --accelergy` and `--ert` from the outside.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/accelergy_sum.h"
#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Outcome;
using test::run;

const std::string kRun = "simulate --prefill 4 --decode 2 --json ";

const json& named(const json& list, const std::string& name) {
  const auto it = std::ranges::find_if(list, [&](const json& one) { return one.at("name") == name; });
  if (it == list.end()) throw std::runtime_error("nothing is called " + name);
  return *it;
}

/// A figure of a phase in a report.
double figure(const std::string& report, const std::string& phase, const std::string& name) {
  const json results = json::parse(report).at("results");
  const json& node = named(named(results.at("children"), "machine").at("children"), phase);
  return named(node.at("statistics"), name).at("value").get<double>();
}

std::string content(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class AccelergyCommand : public ::testing::Test {
 protected:
  AccelergyCommand() : folder(fs::temp_directory_path() / ("ternsim-accelergy-" + std::to_string(getpid()))) {}
  ~AccelergyCommand() override { fs::remove_all(folder); }
  fs::path folder;
};

TEST_F(AccelergyCommand, WritesFilesThatSumToTheReportAndReadBackEqual) {
  const std::string first = (folder / "first").string();
  const std::string second = (folder / "second").string();
  const Outcome written = run(kRun + "--accelergy " + first);
  ASSERT_EQ(written.code, 0) << written.out;
  const auto table = energy::EnergyReferenceTable::load(first + "/ERT.yaml");
  for (const char* phase : {"prefill", "decode"}) {
    const double sum = test::accelergy_joules(YamlMap::load(first + "/action_counts-" + phase + ".yaml"), table);
    EXPECT_NEAR(sum / figure(written.out, phase, "joules"), 1.0, 1e-12) << phase;
  }
  EXPECT_TRUE(fs::exists(first + "/ART.yaml"));
  // Priced by its own table the run costs the same, at every corner, and writes the same files.
  const Outcome again = run(kRun + "--ert " + first + "/ERT.yaml --accelergy " + second);
  ASSERT_EQ(again.code, 0) << again.out;
  for (const char* phase : {"prefill", "decode"}) {
    EXPECT_NEAR(figure(again.out, phase, "joules") / figure(written.out, phase, "joules"), 1.0, 1e-12);
    EXPECT_EQ(figure(again.out, phase, "joules_per_token_low"), figure(again.out, phase, "joules_per_token_high"));
  }
  EXPECT_NE(again.out.find("energies of " + first), std::string::npos);
  for (const char* file : {"ERT.yaml", "ART.yaml", "action_counts-prefill.yaml", "action_counts-decode.yaml"})
    EXPECT_EQ(content(first + "/" + file), content(second + "/" + file)) << file;
}

TEST_F(AccelergyCommand, WritesTheCornerAskedFor) {
  const Outcome o = run(kRun + "--corner high --accelergy " + folder.string());
  ASSERT_EQ(o.code, 0) << o.out;
  const auto table = energy::EnergyReferenceTable::load(folder / "ERT.yaml");
  const double sum = test::accelergy_joules(YamlMap::load(folder / "action_counts-decode.yaml"), table);
  EXPECT_NEAR(sum / (2 * figure(o.out, "decode", "joules_per_token_high")), 1.0, 1e-12);  // two tokens
}

TEST_F(AccelergyCommand, RefusesTablesAndUsage) {
  ASSERT_EQ(run(kRun + "--accelergy " + folder.string()).code, 0);
  const std::string path = (folder / "ERT.yaml").string();
  const std::string whole = content(path);
  const std::size_t at = whole.find("    - {name: dram_read");
  ASSERT_NE(at, std::string::npos);
  std::string less = whole;
  less.erase(at, less.find('\n', at) + 1 - at);
  std::ofstream(path) << less;
  const Outcome missing = run(kRun + "--ert " + path);
  EXPECT_EQ(missing.code, 3);
  EXPECT_NE(missing.out.find("system.dram has no action dram_read, which prefill counts "), std::string::npos)
      << missing.out;
  EXPECT_EQ(run(kRun + "--ert " + (folder / "none.yaml").string()).code, 3);
  EXPECT_EQ(run(kRun + "--ert " + path + " --corner low --accelergy " + folder.string()).code, 2);
  EXPECT_EQ(run(kRun + "--corner low").code, 2);
  EXPECT_EQ(run(kRun + "--accelergy " + path).code, 3);  // a file where a directory is asked for
}

}  // namespace
}  // namespace ternsim
