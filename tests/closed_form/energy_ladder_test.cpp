// Rungs and swings worked out by hand from the 7 nm constants.
#include "energy/ladder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "energy/sensitivity.h"

namespace ternsim::energy {
namespace {

constexpr double kPj = 1e-12;

Technology seven() {
  return Technology::load(std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-7nm.yaml");
}

EnergyModel machine() {
  Inventory inventory;
  inventory.sram_bytes = {{Part::WeightSram, 8192}, {Part::KvSram, 32768}};
  inventory.operators[{Part::Matrix, Action::IntAdd, 8}] = 1000;
  return {seven(), inventory, "lpddr5x"};
}

/// Two tokens of a machine in all of whose parts something happens.
ActionCounts phase() {
  ActionCounts counts;
  counts.add(Part::Matrix, Action::IntAdd, 32, 1000);        // 30 pJ
  counts.add(Part::WeightSram, Action::SramRead, 64, 6400);  // 100 reads of 7.5 pJ: 750 pJ
  counts.add(Part::Vector, Action::Fp32Mul, 32, 100);        // 131 pJ
  counts.add(Part::KvSram, Action::SramRead, 64, 640);       // 10 reads of 8.5 pJ: 85 pJ
  counts.add(Part::Dram, Action::DramRead, 0, 1000);         // 7500 pJ (4000 to 10000)
  counts.seconds = 1e-6;
  return counts;
}

double value(const StatisticNode& node, std::string_view name) { return std::get<double>(node.find(name)->value); }
double rung(const StatisticNode& ladder, std::string_view name, std::string_view corner = "mid") {
  return value(*ladder.find_child(name), "joules_per_token_" + std::string(corner));
}

TEST(Ladder, EachRungHoldsThoseBeforeIt) {
  const ActionCounts counts = phase();
  std::set<std::string> used;
  const StatisticNode ladder = ladder_node(machine(), {counts, 2, 500, BareOperation::Int8Add, 800}, used);
  EXPECT_NEAR(rung(ladder, "published_arithmetic"), 500 * 0.007 * kPj / 2, 1e-26);
  EXPECT_NEAR(rung(ladder, "true_widths"), 30 * kPj / 2, 1e-26);  // in place of the first, not on top of it
  EXPECT_NEAR(rung(ladder, "sram"), (30 + 750) * kPj / 2, 1e-24);
  EXPECT_NEAR(rung(ladder, "other_units"), (30 + 750 + 131) * kPj / 2, 1e-24);
  EXPECT_NEAR(rung(ladder, "kv_and_dram"), (30 + 750 + 131 + 85 + 7500) * kPj / 2, 1e-23);
  // DRAM from 4 to 10 pJ a bit, 100 reads of 1.5 to 10 pJ, 10 of 1.7 to 11.3.
  EXPECT_NEAR(rung(ladder, "kv_and_dram", "high") - rung(ladder, "kv_and_dram", "low"), (6000 + 850 + 96) * kPj / 2,
              1e-23);
  EXPECT_NEAR(value(*ladder.find_child("sram"), "added_joules_per_token"), 750 * kPj / 2, 1e-24);
  // 800 bits that must move, at 7.5 pJ, over two tokens.
  EXPECT_NEAR(value(ladder, "floor_joules_per_token_mid"), 800 * 7.5 * kPj / 2, 1e-23);
  EXPECT_DOUBLE_EQ(value(ladder, "floor_bytes_per_token"), 50.0);
  EXPECT_TRUE(used.contains("int8_add"));
  EXPECT_TRUE(used.contains("dram_lpddr5x"));
}

TEST(Ladder, EndsAtTheWholeMachine) {
  const ActionCounts counts = phase();
  std::set<std::string> used;
  const StatisticNode ladder = ladder_node(machine(), {counts, 2, 500, BareOperation::Int8Add, 0}, used);
  for (const Corner corner : kCorners)
    EXPECT_NEAR(rung(ladder, "leakage", name_of(corner)), machine().evaluate(counts, corner).joules() / 2, 1e-24);
  EXPECT_EQ(std::get<std::string>(ladder.find_child("leakage")->find("tier")->value),
            name_of(machine().evaluate(counts, Corner::Mid).tier()));
  EXPECT_EQ(ladder.find("floor_joules_per_token_mid"), nullptr);  // nothing has to come from DRAM
}

TEST(Ladder, CountsTheBareOperationOfEachFormat) {
  const ActionCounts counts = phase();
  std::set<std::string> used;
  const auto bare = [&](BareOperation operation) {
    return rung(ladder_node(machine(), {counts, 1, 1000, operation, 0}, used), "published_arithmetic");
  };
  EXPECT_NEAR(bare(BareOperation::Int8Mac), 1000 * (0.007 + 0.07) * kPj, 1e-24);
  EXPECT_NEAR(bare(BareOperation::Fp16Mac) / bare(BareOperation::Int8Add), 0.5 / 0.007, 1e-9);
}

TEST(Ladder, RatiosAreRungByRung) {
  const ActionCounts counts = phase();
  ActionCounts twice = counts;
  twice.counts[{Part::Dram, Action::DramRead, 0}] *= 2;
  std::set<std::string> used;
  const StatisticNode first = ladder_node(machine(), {counts, 2, 500, BareOperation::Int8Add, 0}, used);
  StatisticNode other = ladder_node(machine(), {twice, 2, 500, BareOperation::Fp16Mac, 0}, used);
  add_ratios(other, first);
  EXPECT_NEAR(value(*other.find_child("published_arithmetic"), "ratio"), 0.5 / 0.007, 1e-9);
  EXPECT_NEAR(value(*other.find_child("sram"), "ratio"), 1, 1e-12);
  EXPECT_NEAR(value(*other.find_child("kv_and_dram"), "ratio"),
              (30 + 750 + 131 + 85 + 15000.0) / (30 + 750 + 131 + 85 + 7500), 1e-12);
  const StatisticNode nothing = ladder_node(machine(), {counts, 2, 0, BareOperation::Int8Add, 0}, used);
  StatisticNode over_nothing = ladder_node(machine(), {counts, 2, 500, BareOperation::Int8Add, 0}, used);
  add_ratios(over_nothing, nothing);
  EXPECT_EQ(over_nothing.find_child("published_arithmetic")->find("ratio"), nullptr);
}

TEST(Ladder, NeedsTokens) {
  const ActionCounts counts = phase();
  std::set<std::string> used;
  EXPECT_THROW(ladder_node(machine(), {counts, 0, 500, BareOperation::Int8Add, 0}, used), RequestError);
  EXPECT_THROW(sensitivity_node(machine(), counts, 0), RequestError);
}

TEST(Sensitivity, MovesOneConstantAtATime) {
  const ActionCounts counts = phase();
  const StatisticNode node = sensitivity_node(machine(), counts, 2);
  const double mid = machine().evaluate(counts, Corner::Mid).joules() / 2;
  EXPECT_DOUBLE_EQ(value(node, "joules_per_token_mid"), mid);
  const StatisticNode* dram = node.find_child("dram_lpddr5x");
  ASSERT_NE(dram, nullptr);
  EXPECT_NEAR(value(*dram, "joules_per_token_low"), mid - 1000 * 3.5 * kPj / 2, 1e-23);
  EXPECT_NEAR(value(*dram, "joules_per_token_high"), mid + 1000 * 2.5 * kPj / 2, 1e-23);
  EXPECT_NEAR(value(*dram, "swing"), 6000 * kPj / 2, 1e-23);
  // Leakage: 0.001, 0.01, 0.05 W/mm2 over the area of two SRAMs and the adders, for 1 us.
  const double leakage = machine().square_metres() * 1e6 * 1e-6 / 2;  // of 1 W/mm2
  EXPECT_NEAR(value(*node.find_child("leakage_density"), "swing"), 0.049 * leakage, 1e-20);
  // Constants without a range have no place here; the widest swing comes first.
  EXPECT_EQ(node.find_child("fp32_mul"), nullptr);
  for (std::size_t i = 1; i < node.children.size(); ++i)
    EXPECT_GE(value(node.children[i - 1], "swing"), value(node.children[i], "swing"));
}

}  // namespace
}  // namespace ternsim::energy
