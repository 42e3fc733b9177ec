// Ratios and report tree from counts worked out by hand.
#include "energy/report_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "energy/comparison.h"

namespace ternsim::energy {
namespace {

Technology seven() {
  return Technology::load(std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-7nm.yaml");
}
EnergyModel machine(const std::string& dram = "lpddr5x") {
  Inventory inventory;
  inventory.sram_bytes[Part::WeightSram] = 8192;
  return {seven(), inventory, dram};
}

/// 1000 weight-activation pairs and 2000 bits of weights.
ActionCounts ternary_counts() {
  ActionCounts counts;
  counts.add(Part::Matrix, Action::IntAdd, 8, 1000);         // 7 pJ
  counts.add(Part::WeightSram, Action::SramRead, 64, 2000);  // 234.375 pJ
  counts.add(Part::Dram, Action::DramRead, 0, 2000);         // 15000 pJ
  counts.add(Part::Attention, Action::Fp16Mul, 16, 100);     // 34 pJ
  return counts;
}
/// The same pairs in FP16: 16 bits a weight.
ActionCounts fp16_counts() {
  ActionCounts counts;
  counts.add(Part::Matrix, Action::Fp16Mul, 16, 1000);        // 340 pJ
  counts.add(Part::Matrix, Action::Fp16Add, 16, 1000);        // 160 pJ
  counts.add(Part::WeightSram, Action::SramRead, 64, 16000);  // 1875 pJ
  counts.add(Part::Dram, Action::DramRead, 0, 16000);         // 120000 pJ
  counts.add(Part::Attention, Action::Fp16Mul, 16, 100);      // 34 pJ
  return counts;
}

/// What of the counts belongs to linears: all but the attention's.
EnergyBreakdown linear(const EnergyModel& model, ActionCounts counts, Corner corner = Corner::Mid) {
  counts.counts.erase({Part::Attention, Action::Fp16Mul, 16});
  return model.evaluate(counts, corner);
}

double value(const std::vector<Statistic>& statistics, const std::string& name) {
  for (const Statistic& statistic : statistics) {
    if (statistic.name == name) return std::get<double>(statistic.value);
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(EnergyRatios, ByHandAndNeverTheSame) {
  const EnergyModel model = machine();
  const ActionCounts ternary = ternary_counts();
  const ActionCounts fp16 = fp16_counts();
  const EnergyBreakdown a = model.evaluate(ternary, Corner::Mid);
  const EnergyBreakdown b = model.evaluate(fp16, Corner::Mid);
  std::vector<Statistic> ratios =
      energy_ratios({ternary, a, linear(model, ternary)}, {fp16, b, linear(model, fp16)}, seven());
  ASSERT_EQ(ratios.size(), 3U);
  EXPECT_NEAR(value(ratios, "matrix_unit_energy_ratio"), 500.0 / 7, 1e-9);
  EXPECT_NEAR(value(ratios, "linear_path_energy_ratio"), 122375.0 / 15241.375, 1e-9);
  EXPECT_NEAR(value(ratios, "whole_machine_energy_ratio"), 122409.0 / 15275.375, 1e-9);
  ratios.push_back(published_ratio_statistic(seven()));
  EXPECT_NEAR(value(ratios, "published_arithmetic_ratio"), 71.428571, 1e-6);
  std::set<std::string> descriptions;
  for (const Statistic& statistic : ratios) {
    descriptions.insert(statistic.description);
    const bool published = statistic.name == "published_arithmetic_ratio";
    EXPECT_EQ(statistic.description.starts_with("Not simulated"), published);
    EXPECT_EQ(statistic.description.find("71.4") != std::string::npos, published);
    // The price of LPDDR5X, in the two ratios with DRAM, is an assumption.
    const bool arithmetic = published || statistic.name == "matrix_unit_energy_ratio";
    EXPECT_EQ(statistic.tier, arithmetic ? Tier::Published : Tier::Assumed) << statistic.name;
  }
  EXPECT_EQ(descriptions.size(), 4U);
}

TEST(EnergyRatios, WiderAddsLowerTheMatrixRatio) {
  // The same 1000 additions at 20 bits cost 18.5 pJ instead of 7: 27.03 instead of 71.4, and derived.
  const EnergyModel model = machine();
  ActionCounts ternary = ternary_counts();
  ternary.counts.erase({Part::Matrix, Action::IntAdd, 8});
  ternary.add(Part::Matrix, Action::IntAdd, 20, 1000);
  const ActionCounts fp16 = fp16_counts();
  const EnergyBreakdown a = model.evaluate(ternary, Corner::Mid);
  const EnergyBreakdown b = model.evaluate(fp16, Corner::Mid);
  const std::vector<Statistic> ratios = energy_ratios({ternary, a, a}, {fp16, b, b}, seven());
  EXPECT_NEAR(value(ratios, "matrix_unit_energy_ratio"), 500 / 18.5, 1e-9);
  EXPECT_EQ(ratios.front().tier, Tier::Derived);
}

TEST(EnergyRatios, AnAdderTreeOf64LanesGives35Not71) {
  // One beat, pJ each: 64 negations at 9 bits, half of 0.0079583; adds by level 32 at 10 bits 0.0089167, 16 at 11
  // 0.009875, 8 at 12 0.0108333, 4 at 13 0.0117917, 2 at 14 0.01275, 1 at 15 0.0137083, and the accumulator's 1 at 32
  // bits 0.030: 0.254667 + 0.285333 + 0.158 + 0.0866667 + 0.0471667 + 0.0255 + 0.0137083 + 0.030 = 0.901 pJ for 64
  // weights, against 64 * 0.50 = 32 pJ: 35.5.
  ActionCounts ternary;
  ternary.add(Part::Matrix, Action::IntNegate, 9, 64);
  for (int level = 0; level < 6; ++level) ternary.add(Part::Matrix, Action::IntAdd, 10 + level, 32U >> level);
  ternary.add(Part::Matrix, Action::IntAdd, 32, 1);
  ActionCounts fp16;
  fp16.add(Part::Matrix, Action::Fp16Mul, 16, 64);
  fp16.add(Part::Matrix, Action::Fp16Add, 16, 64);
  const EnergyModel model = machine();
  const EnergyBreakdown a = model.evaluate(ternary, Corner::Mid);
  const EnergyBreakdown b = model.evaluate(fp16, Corner::Mid);
  EXPECT_NEAR(a.joules() * 1e12, 0.901, 5e-4);
  EXPECT_NEAR(value(energy_ratios({ternary, a, a}, {fp16, b, b}, seven()), "matrix_unit_energy_ratio"), 35.5, 0.05);
}

TEST(EnergyRatios, RefusesSwappedOrUnequalConditions) {
  const EnergyModel model = machine();
  const ActionCounts ternary = ternary_counts();
  const ActionCounts fp16 = fp16_counts();
  const EnergyBreakdown a = model.evaluate(ternary, Corner::Mid);
  const EnergyBreakdown b = model.evaluate(fp16, Corner::Mid);
  EXPECT_THROW(energy_ratios({fp16, b, b}, {ternary, a, a}, seven()), RequestError);
  EXPECT_THROW(energy_ratios({ternary, a, a}, {ternary, a, a}, seven()), RequestError);
  const EnergyBreakdown high = model.evaluate(fp16, Corner::High);
  EXPECT_THROW(energy_ratios({ternary, a, a}, {fp16, high, high}, seven()), RequestError);
  const EnergyBreakdown hbm = machine("hbm2").evaluate(fp16, Corner::Mid);
  EXPECT_THROW(energy_ratios({ternary, a, a}, {fp16, hbm, hbm}, seven()), RequestError);
  const ActionCounts nothing;
  const EnergyBreakdown zero = model.evaluate(nothing, Corner::Mid);
  EXPECT_THROW(energy_ratios({nothing, zero, zero}, {fp16, b, b}, seven()), RequestError);
}

TEST(EnergyReport, PhasesPartsAndCorners) {
  const EnergyModel model = machine();
  ActionCounts counts = ternary_counts();
  counts.seconds = 1e-6;
  std::set<std::string> used;
  const StatisticNode node = energy_node(model, std::vector<PhaseCounts>{{"decode", "Decode", 10, counts}}, used);
  const StatisticNode* decode = node.find_child("decode");
  ASSERT_NE(decode, nullptr);
  const auto number = [](const StatisticNode* at, const char* name) { return std::get<double>(at->find(name)->value); };
  // leakage: 65536 bits * 0.036008 um2 = 2359.82e-12 m2 * 1e4 W/m2 * 1e-6 s = 23.5982 pJ mid
  const double total = (7 + 234.375 + 15000 + 34 + 23.5982) * 1e-12;
  EXPECT_NEAR(number(decode, "joules"), total, 1e-15);
  EXPECT_NEAR(number(decode, "joules_per_token_mid"), total / 10, 1e-16);
  // low: SRAM a fifth, DRAM at 4 pJ/bit and a tenth of the leakage; high: SRAM at 10 pJ/64bit, 10 pJ/bit and five times
  EXPECT_NEAR(number(decode, "joules_per_token_low"), (41 + 46.875 + 8000 + 2.35982) * 1e-13, 1e-16);
  EXPECT_NEAR(number(decode, "joules_per_token_high"), (41 + 312.5 + 20000 + 117.991) * 1e-13, 1e-16);
  EXPECT_NEAR(number(decode, "average_watts"), total / 1e-6, 1e-9);
  const StatisticNode* parts = decode->find_child("parts");
  ASSERT_NE(parts, nullptr);
  ASSERT_EQ(parts->children.size(), 11U);
  double sum = 0;
  double share = 0;
  for (const StatisticNode& part : parts->children) {
    sum += number(&part, "joules");
    share += number(&part, "share");
    EXPECT_NE(part.find("tier"), nullptr);
  }
  EXPECT_NEAR(sum, number(decode, "joules"), 1e-24);
  EXPECT_NEAR(share, 1, 1e-12);
  EXPECT_EQ(std::get<std::string>(parts->find_child("matrix")->find("tier")->value), "published");
  EXPECT_EQ(std::get<std::string>(parts->find_child("leakage")->find("tier")->value), "assumed");
  EXPECT_EQ(used, (std::set<std::string>{"int8_add", "sram_read_8kib", "dram_lpddr5x", "fp16_mul", "leakage_density",
                                         "sram_area_per_bit"}));
  ActionCounts none;
  EXPECT_THROW(energy_node(model, std::vector<PhaseCounts>{{"decode", "Decode", 0, none}}, used), RequestError);
}

TEST(EnergyReport, ConstantsCarryTheirProvenance) {
  const StatisticNode node = constants_node(seven(), {"int8_add", "dram_lpddr5x"});
  ASSERT_EQ(node.children.size(), 2U);
  const StatisticNode* add = node.find_child("int8_add");
  ASSERT_NE(add, nullptr);
  EXPECT_DOUBLE_EQ(std::get<double>(add->find("value")->value), 7e-15);
  EXPECT_EQ(std::get<std::string>(add->find("written")->value), "0.007 pJ");
  EXPECT_EQ(std::get<std::string>(add->find("unit")->value), "pJ");
  EXPECT_EQ(std::get<std::string>(add->find("tier")->value), "published");
  EXPECT_NE(std::get<std::string>(add->find("source")->value).find("2310.11453"), std::string::npos);
  EXPECT_EQ(add->find("low"), nullptr);
  EXPECT_DOUBLE_EQ(std::get<double>(node.find_child("dram_lpddr5x")->find("low")->value), 4e-12);
  EXPECT_THROW(constants_node(seven(), {"int9_add"}), RequestError);
}

TEST(EnergyReport, AreaByPart) {
  const StatisticNode node = area_node(machine());
  ASSERT_EQ(node.children.size(), 1U);
  EXPECT_NEAR(std::get<double>(node.find("square_metres")->value), 65536 * 0.036008e-12, 1e-18);
  EXPECT_EQ(node.children.front().name, "weight_sram");
  EXPECT_DOUBLE_EQ(std::get<double>(node.children.front().find("share")->value), 1);
}

}  // namespace
}  // namespace ternsim::energy
