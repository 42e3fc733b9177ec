#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

using nlohmann::json;
using test::Outcome;
using test::run;

const json& named(const json& list, const std::string& name) {
  const auto it = std::ranges::find_if(list, [&](const json& one) { return one.at("name") == name; });
  if (it == list.end()) throw std::runtime_error("nothing is called " + name);
  return *it;
}
const json& child(const json& node, const std::string& name) { return named(node.at("children"), name); }
double number(const json& node, const std::string& name) {
  return named(node.at("statistics"), name).at("value").get<double>();
}

const std::string kSmall = "ladder -m embedded --prefill 8 --decode 2 ";

TEST(LadderCommand, ShowsEveryFormatAtEqualSpeedAndEqualArea) {
  const Outcome o = run(kSmall + "--json");
  ASSERT_EQ(o.code, 0) << o.out;
  const json ladders = child(json::parse(o.out).at("results"), "ladders");
  for (const char* phase : {"prefill", "decode"}) {
    const json& machines = child(ladders, phase);
    ASSERT_EQ(machines.at("children").size(), 7u);
    const json& ternary = child(machines, "ternary");
    for (const char* format : {"fp16", "int8", "w4a16"}) {
      const json& fast = child(machines, std::string(format) + "_equal_speed");
      const json& small = child(machines, std::string(format) + "_equal_area");
      // Speed is matched in decode; area within a row.
      if (std::string(phase) == "decode") {
        EXPECT_GE(number(fast, "tokens_per_second"), number(ternary, "tokens_per_second"));
      }
      EXPECT_NEAR(number(small, "area_m2") / number(ternary, "area_m2"), 1.0, 0.05) << format;
      EXPECT_GT(number(small, "weight_bits"), number(ternary, "weight_bits"));
    }
    for (const json& machine : machines.at("children")) {
      const json& ladder = child(machine, "ladder");
      const double whole = number(child(ladder, "leakage"), "joules_per_token_mid");
      EXPECT_GT(whole, number(ladder, "floor_joules_per_token_mid")) << machine.at("name");
      EXPECT_DOUBLE_EQ(whole, number(child(machine, "sensitivity"), "joules_per_token_mid"));
      for (const json& rung : ladder.at("children"))
        EXPECT_LE(number(rung, "joules_per_token_low"), number(rung, "joules_per_token_high"));
    }
  }
}

TEST(LadderCommand, StartsFromThePublishedRatio) {
  const Outcome o = run(kSmall + "--json");
  const json decode = child(child(json::parse(o.out).at("results"), "ladders"), "decode");
  const auto bare = [&](const char* machine) {
    return number(child(child(child(decode, machine), "ladder"), "published_arithmetic"), "joules_per_token_mid");
  };
  EXPECT_NEAR(bare("fp16_equal_speed") / bare("ternary"), 0.5 / 0.007, 1e-9);
}

TEST(LadderCommand, FitsATerminal) {
  const Outcome o = run(kSmall);
  ASSERT_EQ(o.code, 0) << o.out;
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_NE(o.out.find("dram_lpddr5x"), std::string::npos);
}

TEST(LadderCommand, NamesMachinesThatCannotBeBuilt) {
  // 2B4T in FP16 does not fit the ROM of a machine without DRAM; the ternary machine is shown all the same.
  const Outcome o = run("ladder -m bitnet-b158-2b4t -a rom-resident -w decode-512 --decode 1");
  ASSERT_EQ(o.code, 0) << o.out;
  EXPECT_NE(o.out.find("not shown: FP16 at equal area: "), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("resident_weights.bytes"), std::string::npos) << o.out;
}

TEST(LadderCommand, SaysWhatAnFpgasJoulesAre) {
  const Outcome o = run("ladder -m embedded -a fpga-kv260 --prefill 0 --decode 1");
  ASSERT_EQ(o.code, 0) << o.out;
  EXPECT_NE(o.out.find("note: constants of a 7 nm chip, not the FPGA's own energy or area"), std::string::npos)
      << o.out;
  EXPECT_EQ(run("ladder -m embedded --prefill 0 --decode 1").out.find("FPGA"), std::string::npos);
}

/// Rows of a document's tables by heading, without the tiers that a column's rows do not share.
std::multiset<std::string> rows_of(const std::filesystem::path& document) {
  std::multiset<std::string> rows;
  std::string heading;
  std::ifstream in(document);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) heading = line;
    if (line.starts_with("| ") && !line.starts_with("| |"))
      rows.insert(heading + std::regex_replace(line, std::regex(" \\([a-z]+\\)"), ""));
  }
  return rows;
}

// Two machines of the committed tables; the soak makes them all.
TEST(LadderCommand, TablesOfManyMachinesAreFresh) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ternsim_ladder_" + std::to_string(getpid()) + ".md");
  const Outcome o = run("ladder --all --machines rom-resident server-hbm --markdown " + file.string());
  ASSERT_EQ(o.code, 0) << o.out;
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  const std::multiset<std::string> fresh = rows_of(file);
  std::filesystem::remove(file);
  const std::multiset<std::string> committed =
      rows_of(std::filesystem::path(TERNSIM_SOURCE_DIR) / "docs/reference/ladder_table.md");
  EXPECT_GT(fresh.size(), 30u);
  for (const std::string& row : fresh) EXPECT_TRUE(committed.contains(row)) << row;
}

TEST(LadderCommand, TablesTakeNoWorkloadOfTheirOwn) {
  EXPECT_EQ(run("ladder --all -w chat").code, 2);
  EXPECT_EQ(run("ladder --markdown x.md").code, 2);
  const Outcome weights = run("ladder --all -m embedded");
  EXPECT_EQ(weights.code, 3);
  EXPECT_NE(weights.out.find("--all takes a shape"), std::string::npos) << weights.out;
  const Outcome unknown = run("ladder --all --machines edge-lpdr5x");
  EXPECT_EQ(unknown.code, 3);
  EXPECT_NE(unknown.out.find("did you mean 'edge-lpddr5x'"), std::string::npos) << unknown.out;
}

TEST(LadderCommand, RefusesNoWork) {
  const Outcome o = run("ladder -m embedded --prefill 0 --decode 0");
  EXPECT_EQ(o.code, 3);
  EXPECT_NE(o.out.find("--prefill"), std::string::npos) << o.out;
}

}  // namespace
}  // namespace ternsim
