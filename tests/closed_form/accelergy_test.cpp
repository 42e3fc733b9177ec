// Accelergy's files: what is written for a small machine, worked out by hand, and what is refused.
#include "energy/accelergy.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "base/error.h"
#include "base/yaml.h"
#include "tests/accelergy_sum.h"

namespace ternsim::energy {
namespace {

const std::string kTechnology = std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-7nm.yaml";
constexpr double kClock = 1e9;

/// 8 KiB of weights, 64 adders of 8 bits, LPDDR5X.
Inventory inventory() {
  Inventory inventory;
  inventory.sram_bytes = {{Part::WeightSram, 8192}};
  inventory.operators[{Part::Matrix, Action::IntAdd, 8}] = 64;
  return inventory;
}
EnergyModel model() { return {Technology::load(kTechnology), inventory(), "lpddr5x"}; }

/// A thousand cycles at 1 GHz.
ActionCounts counts() {
  ActionCounts c;
  c.add(Part::Matrix, Action::IntAdd, 8, 64'000);
  c.add(Part::Matrix, Action::IntAdd, 9, 3'001);
  c.add(Part::Matrix, Action::IntAddGated, 8, 777);
  c.add(Part::WeightSram, Action::SramRead, 128, 128'000);
  c.add(Part::Dram, Action::DramRead, 0, 1'024'000);
  c.add(Part::Vector, Action::Fp32Special, 32, 0);
  c.seconds = 1e-6;
  return c;
}

std::string ert(const std::string& tables, const std::string& version = "0.4") {
  return "ERT:\n  version: " + version + "\n  tables:\n" + tables;
}
std::string one_action(const std::string& entry) {
  return ert("  - name: system.matrix\n    actions:\n    - " + entry);
}

TEST(Accelergy, WritesTheFilesByHand) {
  const ActionCounts c = counts();
  const std::array<AccelergyPhase, 1> phases{{{"decode", c, 1000}}};
  const EnergyModel m = model();
  const std::vector<AccelergyFile> files = accelergy_files(m, phases, Corner::Mid, kClock);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].name, "ERT.yaml");
  EXPECT_EQ(files[1].name, "ART.yaml");
  EXPECT_EQ(files[2].name, "action_counts-decode.yaml");
  const EnergyReferenceTable table = EnergyReferenceTable::parse(files[0].text, "ERT.yaml");
  EXPECT_EQ(table.actions().size(), 5u);
  // 0.007 pJ; a tenth of it; 7.5 pJ per 64 bits; 7.5 pJ a bit.
  EXPECT_DOUBLE_EQ(table.picojoules({Part::Matrix, Action::IntAdd, 8}), 0.007);
  EXPECT_DOUBLE_EQ(table.picojoules({Part::Matrix, Action::IntAddGated, 8}), 0.0007);
  EXPECT_DOUBLE_EQ(table.picojoules({Part::WeightSram, Action::SramRead, 128}), 7.5 / 64);
  EXPECT_DOUBLE_EQ(table.picojoules({Part::Dram, Action::DramRead, 0}), 7.5);
  // 8192 * 8 bits * 0.036008 um2 = 2359.82 um2; at 0.01 W/mm2 = 1e-8 W/um2 for 1 ns: 2359.82e-17 J = 0.0235982 pJ.
  EXPECT_NEAR(table.leak_picojoules(Part::WeightSram), 0.0235982, 1e-7);
  EXPECT_EQ(table.leaks().size(), 2u);
  EXPECT_NE(files[1].text.find("name: system.weight_sram, area: 2359.8"), std::string::npos) << files[1].text;
  EXPECT_NE(files[1].text.find("{name: system.dram, area: 0}"), std::string::npos) << files[1].text;
  EXPECT_EQ(files[2].text,
            "action_counts:\n  version: 0.4\n  local:\n"
            "  - name: system.matrix\n    action_counts:\n"
            "    - {name: int_add, counts: 64000, arguments: {width_bits: 8}}\n"
            "    - {name: int_add, counts: 3001, arguments: {width_bits: 9}}\n"
            "    - {name: int_add_gated, counts: 777, arguments: {width_bits: 8}}\n"
            "    - {name: leak, counts: 1000}\n"
            "  - name: system.weight_sram\n    action_counts:\n"
            "    - {name: sram_read, counts: 128000, arguments: {width_bits: 128}}\n"
            "    - {name: leak, counts: 1000}\n"
            "  - name: system.dram\n    action_counts:\n    - {name: dram_read, counts: 1024000}\n");
}

TEST(Accelergy, SumsToTheJoulesOfThePhaseAtEachCorner) {
  const ActionCounts c = counts();
  const std::array<AccelergyPhase, 1> phases{{{"decode", c, 1000}}};
  const EnergyModel m = model();
  for (const Corner corner : kCorners) {
    const double joules = m.evaluate(c, corner).joules();
    const EnergyReferenceTable table = reference_table(m, phases, corner, kClock);
    const double sum = test::accelergy_joules(YamlMap::parse(action_counts_text(table, phases[0]), "counts"), table);
    EXPECT_NEAR(sum / joules, 1.0, 1e-14) << name_of(corner);
  }
}

TEST(Accelergy, ReadsBackWhatItWrote) {
  const ActionCounts c = counts();
  const std::array<AccelergyPhase, 1> phases{{{"decode", c, 1000}}};
  for (const Corner corner : kCorners) {
    const EnergyReferenceTable table = reference_table(model(), phases, corner, kClock);
    const EnergyReferenceTable again = EnergyReferenceTable::parse(table.text(), "ERT.yaml");
    EXPECT_EQ(again, table) << name_of(corner);
    // And through a machine that it prices: the same joules, the same file.
    const EnergyModel priced(Technology::load(kTechnology), inventory(), "lpddr5x", ReferencePrices{again, kClock});
    EXPECT_EQ(reference_table(priced, phases, Corner::Mid, kClock).text(), table.text());
    EXPECT_NEAR(priced.evaluate(c, Corner::Low).joules() / model().evaluate(c, corner).joules(), 1.0, 1e-14);
  }
}

TEST(Accelergy, PricesARunByATable) {
  const std::string text =
      ert("  - name: chip.core.matrix[1..1]\n    actions:\n"
          "    - {name: int_add, arguments: {width_bits: 8}, energy: 2}\n"
          "    - {name: leak, arguments: null, energy: 0.5}\n"
          "  - name: chip[1..1].weight_sram\n    actions:\n"
          "    - {name: sram_read, arguments: {width_bits: 64}, energy: 0.25}\n"
          "    - {name: leak, arguments: {}, energy: 0}\n"
          "  - name: chip.dram\n    actions:\n    - {name: dram_read, energy: 4}\n    - {name: leak, energy: 3}\n",
          "'0.4'");
  const EnergyModel priced(Technology::load(kTechnology), inventory(), "lpddr5x",
                           ReferencePrices{EnergyReferenceTable::parse(text, "mine.yaml"), kClock});
  ActionCounts c;
  c.add(Part::Matrix, Action::IntAdd, 8, 10);
  c.add(Part::WeightSram, Action::SramRead, 64, 640);
  c.add(Part::Dram, Action::DramRead, 0, 100);
  c.seconds = 7e-9;
  const EnergyBreakdown energy = priced.evaluate(c, Corner::High);
  EXPECT_DOUBLE_EQ(energy.parts.at(Part::Matrix).joules, 10 * 2e-12);
  EXPECT_DOUBLE_EQ(energy.parts.at(Part::WeightSram).joules, 640 * 0.25e-12);
  EXPECT_DOUBLE_EQ(energy.parts.at(Part::Dram).joules, 100 * 4e-12);
  EXPECT_DOUBLE_EQ(energy.parts.at(Part::Leakage).joules, 7 * (0.5 + 3) * 1e-12);  // seven cycles
  EXPECT_EQ(energy.tier(), Tier::Assumed);
  EXPECT_TRUE(energy.constants.empty());
  EXPECT_DOUBLE_EQ(priced.square_metres(), model().square_metres());
}

std::string message_of(const auto& work) {
  try {
    work();
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Accelergy, NamesAMissingPriceAndWhoNeedsIt) {
  const EnergyReferenceTable table =
      EnergyReferenceTable::parse(one_action("{name: int_add, arguments: {width_bits: 8}, energy: 1}\n"), "mine.yaml");
  const ActionCounts c = counts();
  const std::array<AccelergyPhase, 1> phases{{{"decode", c, 1000}}};
  const std::string missing = message_of([&] { require_prices(table, phases); });
  EXPECT_NE(missing.find("mine.yaml: ERT.tables: system.matrix has no action int_add with width_bits 9, which decode "
                         "counts 3001 times; add it and 3 more"),
            std::string::npos)
      << missing;
  const std::string leak = message_of([&] {
    EnergyModel(Technology::load(kTechnology), inventory(), "lpddr5x", ReferencePrices{table, kClock});
  });
  EXPECT_NE(leak.find("mine.yaml: ERT.tables: system.matrix has no action leak"), std::string::npos) << leak;
  const std::string price = message_of([&] { table.picojoules({Part::Dram, Action::DramRead, 0}); });
  EXPECT_NE(price.find("system.dram has no action dram_read"), std::string::npos) << price;
  EXPECT_THROW(reference_table(model(), phases, Corner::Mid, 0), RequestError);
}

TEST(Accelergy, RefusesWhatItCannotPrice) {
  const std::string add = "{name: int_add, arguments: {width_bits: 8}, energy: 1}\n";
  const std::string table = "  - name: system.matrix\n    actions:\n    - " + add;
  struct Case {
    std::string text, message;
  };
  const std::vector<Case> cases{
      {one_action(add + "    - " + add),
       "e:7: ERT.tables[0].actions[1].name: int_add with width_bits 8 of "
       "system.matrix stands twice"},
      {ert(table + table), "e:7: ERT.tables[1].name: system.matrix stands twice"},
      {ert("  - name: system.matrx\n    actions: []\n"), "e:4: ERT.tables[0].name: 'matrx' is no component"},
      {ert("  - name: system.matrx\n    actions: []\n"), "did you mean 'matrix'?"},
      {ert("  - name: system.leakage\n    actions: []\n"), "'leakage' is no component"},
      {ert("  - name: ''\n    actions: []\n"), "'' is no component"},
      {ert("  - name: system.matrix[0..3]\n    actions: []\n"), "stands for several instances"},
      {ert("  - name: pe[1..4].matrix\n    actions: []\n"), "stands for several instances"},
      {ert("  - name: " + std::string(257, 'x') + "\n    actions: []\n"), "at most 256 characters, this one 257"},
      {ert("  - name: system.matrix[\n    actions: []\n"), "stands for several instances"},
      {one_action("{name: int_ad, arguments: {width_bits: 8}, energy: 1}"), "did you mean 'int_add'?"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: -1}"),
       "e:6: ERT.tables[0].actions[0].energy: -1 "
       "pJ of int_add with width_bits 8 of "
       "system.matrix: an action cannot"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: 0}"), "priced at nothing"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: 7e-15}"), "energies are in pJ"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: 1e7}"), "energies are in pJ"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: .nan}"), "expected a finite number"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: dear}"), "expected a finite number"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: [1]}"), "expected a plain value"},
      {one_action("{name: int_add, arguments: {width_bits: 8}}"), "energy: this key is required"},
      {one_action("{name: int_add, arguments: {width_bits: 8.5}, energy: 1}"), "expected a whole number"},
      {one_action("{name: int_add, arguments: {width_bits: 0}, energy: 1}"), "outside of 1"},
      {one_action("{name: int_add, arguments: {width: 8}, energy: 1}"),
       "arguments.width: unknown key; accepted here: width_bits"},
      {one_action("{name: int_add, arguments: [8], energy: 1}"), "expected a map"},
      {one_action("{name: int_add, energy: 1}"), "int_add needs its width"},
      {one_action("{name: dram_read, arguments: {width_bits: 8}, energy: 1}"), "dram_read has no arguments"},
      {one_action("{name: leak, arguments: {width_bits: 8}, energy: 1}"), "leak has no arguments"},
      {one_action("{name: int_add, arguments: {width_bits: 8}, energy: 1, energi: 2}"), "unknown key"},
      {ert(table, "0.2"), "e:2: ERT.version: '0.2' is not one of 0.3, 0.4"},
      {"ERT: {version: 0.4}", "ERT.tables: this list is required"},
      {"ERT: {version: 0.4, tables: 3}", "expected a list"},
      {"ART: {version: 0.4, tables: []}", "ERT: this section is required"},
      {ert(table) + "ART: {}\n", "ART: unknown key"},
      {"ERT: {version: 0.4, tables: [{name: system.matrix}]}", "actions: this list is required"},
      {"ERT: " + std::string(200, '[') + std::string(200, ']'), "nested deeper"},
      {"", "expected a map"},
  };
  for (const Case& one : cases) {
    const std::string message = message_of([&] { EnergyReferenceTable::parse(one.text, "e"); });
    EXPECT_NE(message.find(one.message), std::string::npos) << one.text << "\n" << message;
    EXPECT_TRUE(message.starts_with("e:")) << message;
  }
  // What a technology file may put at nothing may be nothing here.
  EXPECT_NO_THROW(
      EnergyReferenceTable::parse(one_action("{name: int_mux, arguments: {width_bits: 8}, energy: 0}"), "e"));
}

TEST(Accelergy, DamagedTablesAreRefusedOrRead) {
  const ActionCounts c = counts();
  const std::array<AccelergyPhase, 1> phases{{{"decode", c, 1000}}};
  const std::string whole = reference_table(model(), phases, Corner::Mid, kClock).text();
  std::mt19937 random(20);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = whole;
    for (int k = 0; k < 3; ++k) text[random() % text.size()] = "0-9:[]{}&*!|'\"\n \x80#,e"[random() % 20];
    try {
      const EnergyReferenceTable table = EnergyReferenceTable::parse(text, "e");
      for (const auto& [key, price] : table.actions()) EXPECT_GE(price, 0);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Accelergy, WritesNumbersThatEveryYamlReaderTakesForNumbers) {
  EXPECT_EQ(yaml_number(1e-5), "1.0e-05");
  EXPECT_EQ(yaml_number(2.5e-7), "2.5e-07");
  EXPECT_EQ(yaml_number(0.007), "0.007");
  EXPECT_EQ(yaml_number(8), "8");
}

}  // namespace
}  // namespace ternsim::energy
