// Prices worked out by hand from the 7 nm constants.
#include "energy/energy_model.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/error.h"
#include "energy/interpolation.h"

namespace ternsim::energy {
namespace {

const std::string kFolder = std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/";
constexpr double kPj = 1e-12;

Technology seven() { return Technology::load(kFolder + "published-7nm.yaml"); }

/// 8 KiB of weights, 32 KiB of activations, 16 KiB of accumulators; a matrix unit of 64 9-bit adders.
Inventory small_inventory() {
  Inventory inventory;
  inventory.sram_bytes = {{Part::WeightSram, 8192}, {Part::ActivationSram, 32768}, {Part::AccumulatorSram, 16384}};
  inventory.operators[{Part::Matrix, Action::IntAdd, 9}] = 64;
  inventory.operators[{Part::Vector, Action::Fp32Special, 32}] = 2;
  return inventory;
}

double price(Part part, Action action, int width, Corner corner = Corner::Mid) {
  return EnergyModel(seven(), small_inventory(), "lpddr5x").rate({part, action, width}, corner).joules;
}

TEST(EnergyModel, PricesOneActionOfEachKind) {
  // Line through (8, 0.007) and (32, 0.030): slope 0.023 / 24 = 0.000958333 pJ per bit.
  EXPECT_DOUBLE_EQ(price(Part::Matrix, Action::IntAdd, 8), 0.007 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Matrix, Action::IntAdd, 32), 0.030 * kPj);
  EXPECT_NEAR(price(Part::Matrix, Action::IntAdd, 20), 0.0185 * kPj, 1e-27);            // half way
  EXPECT_NEAR(price(Part::Matrix, Action::IntAdd, 2), (0.007 - 0.00575) * kPj, 1e-27);  // 6 slopes below
  EXPECT_NEAR(price(Part::Matrix, Action::IntAddGated, 32), 0.0030 * kPj, 1e-27);       // a tenth
  EXPECT_EQ(price(Part::Matrix, Action::IntAddGated, 32, Corner::Low), 0.0);
  EXPECT_NEAR(price(Part::Matrix, Action::IntNegate, 32), 0.0150 * kPj, 1e-27);  // half an add
  EXPECT_DOUBLE_EQ(price(Part::Matrix, Action::IntMul, 8), 0.07 * kPj);
  // sqrt(0.07 * 1.48) = 0.321870, the power law at the geometric middle of 8 and 32
  EXPECT_NEAR(price(Part::Matrix, Action::IntMul, 16), 0.321870 * kPj, 1e-18);
  EXPECT_DOUBLE_EQ(price(Part::Matrix, Action::Fp16Add, 16), 0.16 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Matrix, Action::Fp16Mul, 16), 0.34 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Vector, Action::Fp32Add, 32), 0.38 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Vector, Action::Fp32Mul, 32), 1.31 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Vector, Action::Fp32Special, 32), 8 * 1.31 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::WeightSram, Action::SramRead, 64), 7.5 / 64 * kPj);
  // 16 KiB is half way from 8 to 32 KiB on a log scale: 8.0 pJ per 64 bits
  EXPECT_NEAR(price(Part::AccumulatorSram, Action::SramRead, 32), 8.0 / 64 * kPj, 1e-27);
  EXPECT_NEAR(price(Part::AccumulatorSram, Action::SramWrite, 32), 8.0 / 64 * kPj, 1e-27);
  EXPECT_DOUBLE_EQ(price(Part::Dram, Action::DramRead, 0), 7.5 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Dram, Action::DramWrite, 0, Corner::Low), 4 * kPj);
  EXPECT_DOUBLE_EQ(price(Part::Dram, Action::DramWrite, 0, Corner::High), 10 * kPj);
}

TEST(EnergyModel, PricesLookupTablesMultiplexersAndDecoders) {
  EXPECT_NEAR(price(Part::Matrix, Action::IntMux, 32), 0.3 * 0.030 * kPj, 1e-27);
  EXPECT_NEAR(price(Part::Matrix, Action::IntMux, 8, Corner::Low), 0.15 * 0.007 * kPj, 1e-27);
  EXPECT_NEAR(price(Part::Matrix, Action::RegisterWrite, 10), 0.007 / 8 * kPj, 1e-27);
  EXPECT_NEAR(price(Part::Matrix, Action::RegisterWrite, 10, Corner::High), 2 * 0.007 / 8 * kPj, 1e-27);
  // Five adds of 10 bits: 5 * (0.007 + 2 * 0.000958333).
  EXPECT_NEAR(price(Part::Matrix, Action::Base3Decode, 8), 5 * (0.007 + 2 * 0.023 / 24) * kPj, 1e-27);
}

TEST(EnergyModel, PricesRomRelativeToSram) {
  Inventory inventory;
  inventory.rom_bytes[Part::ResidentWeights] = 32768;
  inventory.sram_bytes[Part::KvSram] = 32768;
  const EnergyModel model(seven(), inventory, "none");
  const Rate rom = model.rate({Part::ResidentWeights, Action::RomRead, 64}, Corner::Mid);
  EXPECT_NEAR(rom.joules, 0.5 * 8.5 / 64 * kPj, 1e-27);
  EXPECT_EQ(rom.tier, Tier::Assumed);
  EXPECT_NEAR(model.rate({Part::KvSram, Action::SramRead, 64}, Corner::Mid).joules, 8.5 / 64 * kPj, 1e-27);
  // A store that is ROM has no SRAM to read or write.
  EXPECT_THROW(model.rate({Part::ResidentWeights, Action::SramRead, 64}, Corner::Mid), RequestError);
  EXPECT_THROW(model.rate({Part::KvSram, Action::RomRead, 64}, Corner::Mid), RequestError);
  EXPECT_NEAR(model.area().at(Part::KvSram).square_metres * 1e12, 8 * 32768 * 0.036008, 1e-6);
  EXPECT_NEAR(model.area().at(Part::ResidentWeights).square_metres * 1e12, 8 * 32768 * 0.036008 * 0.25, 1e-6);
  EXPECT_EQ(model.area().at(Part::ResidentWeights).tier, Tier::Assumed);
}

TEST(EnergyModel, SumsAPhaseByPart) {
  ActionCounts counts;
  counts.add(Part::Matrix, Action::IntAdd, 8, 1'000'000);         // 1e6 * 0.007 pJ = 7 nJ
  counts.add(Part::WeightSram, Action::SramRead, 64, 6'400'000);  // 1e5 accesses * 7.5 pJ = 750 nJ
  counts.add(Part::Dram, Action::DramRead, 0, 8'000'000);         // 8e6 * 7.5 pJ = 60 uJ
  counts.add(Part::LmHead, Action::SramRead, 64, 0);              // nothing: needs no SRAM of that part
  counts.seconds = 1e-3;
  const EnergyModel model(seven(), small_inventory(), "lpddr5x");
  const EnergyBreakdown energy = model.evaluate(counts, Corner::Mid);
  EXPECT_EQ(energy.parts.size(), 11U);
  EXPECT_NEAR(energy.parts.at(Part::Matrix).joules, 7e-9, 1e-20);
  EXPECT_EQ(energy.parts.at(Part::Matrix).tier, Tier::Published);
  EXPECT_NEAR(energy.parts.at(Part::WeightSram).joules, 750e-9, 1e-18);
  EXPECT_NEAR(energy.parts.at(Part::Dram).joules, 60e-6, 1e-16);
  EXPECT_EQ(energy.parts.at(Part::Vector).joules, 0.0);
  // Area: 56 KiB * 8 * 0.036008 um2                                = 16518.74 um2
  //       64 adders of 9 bits: 36 + 101 / 24 = 40.208 um2 at 45 nm, * 0.0648 * 64 =   166.75 um2
  //       2 special units: 4 * 7700 um2 * 0.0648 * 2                               =  3991.68 um2
  // Leakage: 20677.17e-12 m2 * 1e4 W/m2 * 1e-3 s = 2.0677e-7 J
  EXPECT_NEAR(model.square_metres() * 1e12, 16518.74 + 166.75 + 3991.68, 0.05);
  EXPECT_NEAR(model.area().at(Part::Matrix).square_metres * 1e12, 166.75, 0.01);
  EXPECT_NEAR(energy.parts.at(Part::Leakage).joules, 2.0677e-7, 1e-11);
  EXPECT_EQ(energy.parts.at(Part::Leakage).tier, Tier::Assumed);
  EXPECT_NEAR(energy.joules(), 7e-9 + 750e-9 + 60e-6 + 2.0677e-7, 1e-11);
}

TEST(EnergyModel, CarriesTheWeakestTier) {
  const EnergyModel model(seven(), small_inventory(), "hbm3");
  const auto tier = [&](Part part, Action action, int width) {
    return model.rate({part, action, width}, Corner::Mid).tier;
  };
  EXPECT_EQ(tier(Part::Matrix, Action::IntAdd, 8), Tier::Published);
  EXPECT_EQ(tier(Part::Matrix, Action::IntAdd, 9), Tier::Derived);
  EXPECT_EQ(tier(Part::Matrix, Action::IntAddGated, 8), Tier::Assumed);
  EXPECT_EQ(tier(Part::WeightSram, Action::SramRead, 64), Tier::Published);     // exactly 8 KiB
  EXPECT_EQ(tier(Part::AccumulatorSram, Action::SramRead, 64), Tier::Derived);  // between the points
  EXPECT_EQ(tier(Part::WeightSram, Action::SramWrite, 64), Tier::Assumed);
  EXPECT_EQ(tier(Part::Dram, Action::DramRead, 0), Tier::Assumed);
  const Rate rate = model.rate({Part::Vector, Action::Fp32Special, 32}, Corner::Mid);
  EXPECT_EQ(rate.constants, (std::set<std::string>{"fp32_mul", "fp32_special_factor"}));
}

void expect_refused(const ActionKey& key, const std::string& word, const std::string& dram = "lpddr5x") {
  ActionCounts counts;
  counts.counts[key] = 1;
  try {
    EnergyModel(seven(), small_inventory(), dram).evaluate(counts, Corner::Mid);
    FAIL() << "accepted";
  } catch (const RequestError& error) {
    EXPECT_NE(std::string(error.what()).find("no constant covers"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(EnergyModel, RefusesCountsWithoutAConstant) {
  expect_refused({Part::Matrix, Action::IntAdd, 0}, "int_add of part matrix at width 0");
  expect_refused({Part::Matrix, Action::IntMul, 65}, "int_mul of part matrix at width 65");
  expect_refused({Part::Matrix, Action::Fp16Mul, 32}, "fp16_mul of part matrix at width 32");
  expect_refused({Part::Attention, Action::SramRead, 64}, "sram_read of part attention");
  expect_refused({Part::Leakage, Action::IntAdd, 8}, "leakage");
  expect_refused({Part::Dram, Action::DramRead, 0}, "no DRAM", "none");
}

TEST(EnergyModel, RefusesImpossibleTimeDramAndInventory) {
  ActionCounts counts;
  const EnergyModel model(seven(), small_inventory(), "none");
  for (const double bad : {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    counts.seconds = bad;
    EXPECT_THROW(model.evaluate(counts, Corner::Mid), RequestError);
  }
  try {
    EnergyModel(seven(), {}, "lpdr5x");
    FAIL() << "accepted";
  } catch (const RequestError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'lpddr5x'"), std::string::npos) << error.what();
  }
  Inventory inventory;
  inventory.operators[{Part::Dram, Action::DramRead, 0}] = 1;
  EXPECT_THROW(EnergyModel(seven(), inventory, "none"), RequestError);
}

TEST(EnergyModel, KnowsAllDramTypes) {
  EXPECT_EQ(EnergyModel::dram_types(), (std::vector<std::string>{"lpddr5x", "lpddr5", "lpddr4x", "lpddr4", "hbm2",
                                                                 "hbm2e", "hbm3", "ddr4", "ddr5", "none"}));
  for (const std::string& type : EnergyModel::dram_types()) EXPECT_NO_THROW(EnergyModel(seven(), {}, type));
}

TEST(Interpolation, MeetsThePublishedPoints) {
  const std::array<SizePoint, 3> points{{{8192, 7.5}, {32768, 8.5}, {1048576, 14.0}}};
  for (const SizePoint& point : points) EXPECT_DOUBLE_EQ(log_by_size(point.bytes, points), point.value);
  EXPECT_DOUBLE_EQ(log_by_size(64, points), 7.5);        // never below the smallest macro
  EXPECT_DOUBLE_EQ(log_by_size(4194304, points), 16.2);  // two doublings more at 5.5 / 5 pJ each
  EXPECT_DOUBLE_EQ(power_by_width(16, 1, 16), 4);        // a pure square
}

}  // namespace
}  // namespace ternsim::energy
