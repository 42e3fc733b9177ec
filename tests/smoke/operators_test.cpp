// `ternsim operators` from the outside: it fits a terminal, its page is fresh, it refuses a damaged report.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::run;

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

fs::path scratch(const char* name) {
  return fs::temp_directory_path() / ("ternsim_operators_" + std::to_string(getpid()) + name);
}

TEST(OperatorsCommand, FitsATerminalAndItsPageIsFresh) {
  const fs::path page = scratch(".md");
  const Outcome o = run("operators --markdown " + page.string());
  ASSERT_EQ(o.code, 0) << o.out;
  const std::string fresh = text_of(page);
  fs::remove(page);
  EXPECT_EQ(fresh, text_of(fs::path(TERNSIM_SOURCE_DIR) / "docs/reference/operators.md"))
      << "renew it: ternsim operators --markdown docs/reference/operators.md";
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_NE(o.out.find("71.43"), std::string::npos);
}

TEST(OperatorsCommand, RefusesADamagedReportInOneLine) {
  const fs::path file = scratch(".json");
  std::ofstream(file) << text_of(fs::path(TERNSIM_SOURCE_DIR) / "reports/synthesis/synthesis.json").substr(0, 5000);
  const Outcome o = run("operators --synthesis " + file.string());
  fs::remove(file);
  EXPECT_EQ(o.code, 3) << o.out;
  EXPECT_NE(o.out.find(".json: not valid JSON at byte"), std::string::npos) << o.out;
  EXPECT_EQ(run("operators -a edge-lpddr5x-fp16").code, 3);
}

}  // namespace
}  // namespace ternsim
