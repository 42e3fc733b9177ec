#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
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

TEST(LadderCommand, RefusesNoWork) {
  const Outcome o = run("ladder -m embedded --prefill 0 --decode 0");
  EXPECT_EQ(o.code, 3);
  EXPECT_NE(o.out.find("--prefill"), std::string::npos) << o.out;
}

}  // namespace
}  // namespace ternsim
