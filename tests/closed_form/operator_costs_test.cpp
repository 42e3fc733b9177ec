// Operators by hand: the papers' ratios, reads by reuse, and a made-up synthesis report, damaged and whole.
#include "explore/operator_costs.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/machines.h"

namespace ternsim::explore {
namespace {

using energy::SynthesisReport;
using nlohmann::json;

constexpr double kFj = 1e-15;

energy::Technology technology(const std::string& name) {
  return energy::Technology::load(std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/" + name + ".yaml");
}

json scenario(const std::string& name, double total) {
  return {{"scenario", name},
          {"weight_zeros", 0.25},
          {"activation_zeros", 0.0},
          {"logic", total / 2},
          {"of_which_glitches", total / 8},
          {"registers", total / 4},
          {"clock", total / 4},
          {"inputs", 0.0},
          {"leakage", 0.0},
          {"total", total},
          {"total_by_wire_um_per_fanout", {{"0", total / 2}, {"2", total}, {"5", 2 * total}}}};
}

/// Every scenario of a design costs the same but for "held 32", which takes half.
json design(double femtojoules, int operations = 1) {
  json scenarios = json::array();
  for (const char* weights : {"layer", "bell"}) {
    scenarios.push_back(scenario(std::string(weights) + ", changing", femtojoules));
    scenarios.push_back(scenario(std::string(weights) + ", held 32", femtojoules / 2));
  }
  return {{"title", "a design"},
          {"operations_per_cycle", operations},
          {"area_um2_per_operation", 2.0},
          {"energy_fj_per_operation", scenarios}};
}

json report() {
  json tree = design(50, 16);
  for (json& s : tree["energy_fj_per_operation"])
    s["levels_fj"] = {{"accumulator", {{"logic", 160.0}, {"clock", 160.0}, {"total", 320.0}}},
                      {"inputs", {{"total", 80.0}}},
                      {"lanes", {{"logic", 240.0}, {"of_which_glitches", 80.0}, {"total", 240.0}}},
                      {"level 1", {{"logic", 160.0}, {"total", 160.0}}}};
  return {{"corner", {{"kit", "a made-up kit"}}},
          {"designs",
           {{"ternary_dot_16_levels_2", design(40)},
            {"int8_dot_16_levels_2", design(200)},
            {"ternary_matrix_unit_1x16", design(80)},
            {"int8_mac_array_1x16", design(320)},
            {"ternary_pe", design(160)},
            {"int8_pe", design(480)},
            {"fp16_mac_16_stages_1", design(1200)},
            {"fp16_mac_32_stages_1", design(1600)},
            {"trit_decoder_8", design(8)},
            {"ternary_tree_16", tree}}}};
}

SynthesisReport parsed(const json& text) { return SynthesisReport::parse(text.dump(), "made-up.json"); }

StatisticNode costs(const json& text = report()) {
  const std::vector<energy::Technology> technologies{technology("published-45nm"), technology("published-7nm")};
  const SynthesisReport synthesis = parsed(text);
  const sim::AcceleratorConfig machine = test::shipped_machine("edge-lpddr5x");
  return operator_costs_node({technologies, synthesis, machine});
}

double at(const StatisticNode& node, const char* table, const char* row, const char* column) {
  return std::get<double>(node.find_child(table)->find_child(row)->find(column)->value);
}

TEST(OperatorCosts, BareOperatorsHaveThePapersRatios) {
  const StatisticNode node = costs();
  EXPECT_NEAR(at(node, "decode", "bare published-7nm", "fp16_ratio"), (0.16 + 0.34) / 0.007, 1e-9);
  EXPECT_NEAR(at(node, "decode", "bare published-7nm", "int8_ratio"), (0.07 + 0.007) / 0.007, 1e-9);
  EXPECT_NEAR(at(node, "decode", "bare published-7nm", "fp16_fp32_sum"), (0.34 + 0.38) * 1e-12, 1e-18);
  EXPECT_NEAR(at(node, "decode", "bare published-45nm", "fp16_ratio"), (0.4 + 1.1) / 0.03, 1e-9);
}

TEST(OperatorCosts, TrueWidthsAreThoseOfTheMatrixUnit) {
  const StatisticNode node = costs();
  // Of energy/README.md: a tree of 64 lanes with its negations, 14.1 fJ a weight; FP16 has two operations and no tree.
  EXPECT_NEAR(at(node, "decode", "widths published-7nm", "ternary"), 14.1 * kFj, 0.05 * kFj);
  EXPECT_NEAR(at(node, "decode", "widths published-7nm", "fp16"), 500 * kFj, 1e-6 * kFj);
  EXPECT_NEAR(at(node, "decode", "widths published-7nm", "fp16_fp32_sum"), 720 * kFj, 1e-6 * kFj);
}

TEST(OperatorCosts, ReadsAreSharedByColumnsAndTokens) {
  const StatisticNode node = costs();
  // edge-lpddr5x reads 512 KiB and 256 KiB: on the line between 32 KiB and 1 MiB, at 4 and 3 of its 5 doublings.
  const double weight_bit = (8.5 + 4.0 / 5 * 5.5) / 64 * 1e-12;
  const double activation_bit = (8.5 + 3.0 / 5 * 5.5) / 64 * 1e-12;
  EXPECT_NEAR(at(node, "decode", "sram 1", "ternary"), 80 * kFj + 2 * weight_bit + 8 * activation_bit, 1e-20);
  EXPECT_NEAR(at(node, "decode", "sram 64", "ternary"), 80 * kFj + 2 * weight_bit + 8 * activation_bit / 64, 1e-20);
  EXPECT_NEAR(at(node, "decode", "sram 64", "fp16"), 1200 * kFj + 16 * weight_bit + 16 * activation_bit / 64, 1e-20);
  EXPECT_NEAR(at(node, "decode", "sram 4", "ternary_base3"), 88 * kFj + 1.6 * weight_bit + 8 * activation_bit / 4,
              1e-20);
  // Held for 32 tokens: half the unit's energy by the made-up report, a 32nd of the weight's read.
  EXPECT_NEAR(at(node, "prefill", "sram 16", "int8"), 160 * kFj + 8 * weight_bit / 32 + 8 * activation_bit / 16, 1e-20);
  EXPECT_NEAR(at(node, "prefill", "sram 16", "ternary_base3"),
              (40 + 8.0 / 32) * kFj + 1.6 * weight_bit / 32 + 8 * activation_bit / 16, 1e-20);
  EXPECT_NEAR(at(node, "decode", "sram 16", "int8_ratio"),
              at(node, "decode", "sram 16", "int8") / at(node, "decode", "sram 16", "ternary"), 1e-12);
}

TEST(OperatorCosts, LevelsAreInTheTreesOrderAndForEachAddition) {
  const StatisticNode node = costs();
  const StatisticNode& levels = *node.find_child("levels_16");
  std::vector<std::string> names;
  for (const StatisticNode& level : levels.children) names.push_back(level.name);
  EXPECT_EQ(names, (std::vector<std::string>{"lanes", "level 1", "accumulator", "inputs"}));
  EXPECT_NEAR(at(node, "levels_16", "lanes", "glitches"), 80.0 / 16 * kFj, 1e-25);
  EXPECT_NEAR(at(node, "levels_16", "lanes", "settled"), 160.0 / 16 * kFj, 1e-25);
  EXPECT_NEAR(at(node, "levels_16", "accumulator", "share"), 320.0 / (50 * 16), 1e-12);
  EXPECT_EQ(node.find_child("levels_64"), nullptr);  // the report has none
}

TEST(OperatorCosts, WhatTheReportLacksIsLeftOut) {
  json text = report();
  text["designs"].erase("int8_pe");
  const StatisticNode node = costs(text);
  EXPECT_EQ(node.find_child("decode")->find_child("serial element")->find("int8"), nullptr);
  EXPECT_EQ(node.find_child("decode")->find_child("bare synthesised"), nullptr);
}

TEST(OperatorCosts, NeedsATernaryMachine) {
  const std::vector<energy::Technology> technologies{technology("published-7nm")};
  const SynthesisReport synthesis = parsed(report());
  const sim::AcceleratorConfig fp16 = test::shipped_machine("edge-lpddr5x-fp16");
  EXPECT_THROW(operator_costs_node({technologies, synthesis, fp16}), RequestError);
  const sim::AcceleratorConfig ternary = test::shipped_machine("edge-lpddr5x");
  EXPECT_THROW(operator_costs_node({{}, synthesis, ternary}), RequestError);
}

std::string refusal(const std::function<void(json&)>& damage) {
  json text = report();
  damage(text);
  try {
    costs(text);
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(SynthesisReport, NamesFileDesignAndKeyOfWhatItCannotUse) {
  const auto first = [](json& r) -> json& { return r["designs"]["int8_pe"]["energy_fj_per_operation"][1]; };
  const std::string where = "made-up.json.designs.int8_pe.energy_fj_per_operation[1]";
  EXPECT_EQ(refusal([&](json& r) { first(r).erase("total"); }).find(where + ": has no 'total'"), 0U);
  EXPECT_EQ(refusal([&](json& r) { first(r)["logic"] = -1; }).find(where + ".logic: a number"), 0U);
  EXPECT_EQ(refusal([&](json& r) { first(r)["logic"] = "1"; }).find(where + ".logic: a number"), 0U);
  EXPECT_EQ(refusal([&](json& r) { first(r)["total"] = 1e300; }).find(where + ".total: a number"), 0U);
  EXPECT_EQ(refusal([&](json& r) { first(r)["of_which_glitches"] = 1e6; }).find(where + ": of_which_glitches"), 0U);
  EXPECT_EQ(refusal([&](json& r) { first(r)["weight_zeros"] = 1.5; }).find(where + ".weight_zeros"), 0U);
  EXPECT_EQ(refusal([&](json& r) { first(r)["scenario"] = "layer, changing"; }).find(where + ": a scenario"), 0U);
  EXPECT_EQ(refusal([](json& r) {
              r["designs"]["int8_pe"]["operations_per_cycle"] = 0;
            }).find("made-up.json.designs.int8_pe.operations_per_cycle"),
            0U);
  EXPECT_EQ(refusal([](json& r) { r["designs"] = json::array(); }).find("made-up.json.designs: an object"), 0U);
  EXPECT_EQ(refusal([](json& r) { r.erase("corner"); }).find("made-up.json: has no 'corner'"), 0U);
  EXPECT_NE(refusal([](json& r) {
              r["designs"].erase("ternary_matrix_unit_1x16");
            }).find("made-up.json: designs has no 'ternary_matrix_unit_1x16'"),
            std::string::npos);
}

TEST(SynthesisReport, RefusesWhatIsNoReport) {
  EXPECT_THROW(SynthesisReport::parse("", "f"), InputError);
  EXPECT_THROW(SynthesisReport::parse("[]", "f"), InputError);
  EXPECT_THROW(SynthesisReport::parse("{\"designs\": 1e999}", "f"), InputError);
  EXPECT_THROW(SynthesisReport::parse(std::string(100, '['), "f"), InputError);
  EXPECT_THROW(SynthesisReport::load("/nowhere/synthesis.json"), InputError);
  const std::string whole = report().dump();
  for (std::size_t size = 0; size < whole.size(); size += 97)
    EXPECT_THROW(SynthesisReport::parse(whole.substr(0, size), "f"), InputError) << size;
}

}  // namespace
}  // namespace ternsim::explore
