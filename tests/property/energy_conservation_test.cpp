// energy = sum(count x constant), recomputed here from the YAML by other means than the model's; and prices that rise
// with width and size.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>

#include "base/random.h"
#include "base/yaml.h"
#include "energy/energy_model.h"
#include "energy/interpolation.h"

namespace ternsim::energy {
namespace {

std::string path_of(const std::string& node) {
  return std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-" + node + ".yaml";
}

/// The file's numbers as written (pJ, um2, ...), mid or another key, read without energy/technology.h.
std::map<std::string, double> raw_constants(const std::string& node, const std::string& key) {
  YamlMap root = YamlMap::load(path_of(node));
  YamlMap constants = root.map("constants");
  std::map<std::string, double> raw;
  for (const std::string& name : constants.keys()) {
    YamlMap entry = constants.map(name);
    raw[name] = entry.number(entry.has(key) ? key : "value", 0, 1e9);
  }
  return raw;
}

/// pJ of one action, in the plainest arithmetic.
double picojoules(std::map<std::string, double>& c, const ActionKey& key, double bytes, const std::string& dram) {
  const double w = key.width_bits;
  const double int_add = c["int8_add"] + (w - 8) * (c["int32_add"] - c["int8_add"]) / 24;
  double per64 = c["sram_read_8kib"];
  const double kib = bytes / 1024;
  if (kib > 32) {
    per64 = c["sram_read_32kib"] + (c["sram_read_1mib"] - c["sram_read_32kib"]) * std::log(kib / 32) / std::log(32);
  } else if (kib > 8) {
    per64 = c["sram_read_8kib"] + (c["sram_read_32kib"] - c["sram_read_8kib"]) * std::log(kib / 8) / std::log(4);
  }
  switch (key.action) {
    case Action::IntAdd:
      return int_add;
    case Action::IntAddGated:
      return int_add * c["gated_add_factor"];
    case Action::IntNegate:
      return int_add * c["negate_factor"];
    case Action::IntMux:
      return int_add * c["mux_factor"];
    case Action::RegisterWrite:
      return c["int8_add"] * c["register_factor"] / 8;
    case Action::Base3Decode:
      return (c["int8_add"] + (c["int32_add"] - c["int8_add"]) / 12) * c["base3_decode_adds"];
    case Action::RomRead:
      return per64 / 64 * c["rom_read_factor"];
    case Action::IntMul:
      return std::exp(std::log(c["int8_mul"]) +
                      std::log(c["int32_mul"] / c["int8_mul"]) * std::log(w / 8) / std::log(4));
    case Action::Fp16Add:
      return c["fp16_add"];
    case Action::Fp16Mul:
      return c["fp16_mul"];
    case Action::Fp32Add:
      return c["fp32_add"];
    case Action::Fp32Mul:
      return c["fp32_mul"];
    case Action::Fp32Special:
      return c["fp32_mul"] * c["fp32_special_factor"];
    case Action::SramRead:
      return per64 / 64;
    case Action::SramWrite:
      return per64 / 64 * c["sram_write_factor"];
    case Action::DramRead:
    case Action::DramWrite:
      return c["dram_" + dram];
  }
  return 0;
}

int width_for(Action action, Random& random) {
  switch (action) {
    case Action::IntAdd:
    case Action::IntAddGated:
    case Action::IntNegate:
    case Action::IntMux:
    case Action::IntMul:
      return static_cast<int>(2 + random.below(47));
    case Action::Fp16Add:
    case Action::Fp16Mul:
      return 16;
    case Action::DramRead:
    case Action::DramWrite:
      return 0;
    case Action::SramRead:
    case Action::SramWrite:
    case Action::RomRead:
      return 64;
    default:
      return 32;
  }
}

TEST(EnergyConservation, EveryJouleIsACountTimesAConstant) {
  static constexpr std::array<Part, 10> kActive{
      Part::Matrix,         Part::Vector,          Part::Attention, Part::LmHead,          Part::WeightSram,
      Part::ActivationSram, Part::AccumulatorSram, Part::KvSram,    Part::ResidentWeights, Part::Dram};
  Random random(20240227);
  const std::vector<std::string> drams = EnergyModel::dram_types();
  for (int run = 0; run < 200; ++run) {
    const std::string node = run % 2 == 0 ? "7nm" : "45nm";
    const std::string dram = drams.at(random.below(drams.size() - 1));  // all but "none"
    const Corner corner = kCorners.at(random.below(3));
    Inventory inventory;
    // The price of a read goes by the size of its memory: equal sizes let one figure stand for both.
    for (const Part part : kActive)
      inventory.rom_bytes[part] = inventory.sram_bytes[part] = 256 + random.below(8U << 20);
    inventory.operators[{Part::Matrix, Action::IntAdd, 8}] = random.below(4096);
    inventory.operators[{Part::Matrix, Action::IntNegate, 8}] = random.below(4096);
    inventory.operators[{Part::Matrix, Action::IntMux, 8}] = random.below(4096);
    inventory.operators[{Part::Matrix, Action::RegisterWrite, 10}] = random.below(4096);
    inventory.operators[{Part::Matrix, Action::Base3Decode, 8}] = random.below(64);
    inventory.operators[{Part::LmHead, Action::IntMul, 8}] = random.below(4096);
    inventory.operators[{Part::Attention, Action::Fp16Mul, 16}] = random.below(4096);
    inventory.operators[{Part::Vector, Action::Fp32Special, 32}] = random.below(64);
    ActionCounts counts;
    counts.seconds = random.uniform();
    for (int i = 0; i < 40; ++i) {
      const auto action = static_cast<Action>(random.below(kActions));
      counts.add(kActive.at(random.below(kActive.size())), action, width_for(action, random), random.below(1ULL << 40));
    }
    const EnergyModel model(Technology::load(path_of(node)), inventory, dram);
    const EnergyBreakdown energy = model.evaluate(counts, corner);

    std::map<std::string, double> raw = raw_constants(node, std::string(name_of(corner)));
    std::map<Part, double> expected;
    for (const auto& [key, count] : counts.counts)
      expected[key.part] += 1e-12 * static_cast<double>(count) *
                            picojoules(raw, key, static_cast<double>(inventory.sram_bytes.at(key.part)), dram);
    double um2 = 0;
    const auto operators = [&](Part part, Action action, int width) {
      return static_cast<double>(inventory.operators.at({part, action, width}));
    };
    um2 += operators(Part::Matrix, Action::IntAdd, 8) * raw["area_int8_add"];
    // Area is priced at the mid corner whatever the energies' corner.
    um2 += operators(Part::Matrix, Action::IntNegate, 8) * raw["area_int8_add"] * 0.5;
    um2 += operators(Part::Matrix, Action::IntMux, 8) * raw["area_int8_add"] * 0.3;
    um2 += operators(Part::Matrix, Action::RegisterWrite, 10) * raw["area_int8_add"] / 8;
    um2 += operators(Part::Matrix, Action::Base3Decode, 8) * 5 *
           (raw["area_int8_add"] + (raw["area_int32_add"] - raw["area_int8_add"]) / 12);
    um2 += operators(Part::LmHead, Action::IntMul, 8) * raw["area_int8_mul"];
    um2 += operators(Part::Attention, Action::Fp16Mul, 16) * raw["area_fp16_mul"];
    um2 += operators(Part::Vector, Action::Fp32Special, 32) * raw["area_fp32_mul"] * raw["area_special_factor"];
    um2 *= raw["area_scale"];
    for (const auto& [part, bytes] : inventory.sram_bytes)
      um2 += 8.0 * static_cast<double>(bytes) * raw["sram_area_per_bit"] * 1.25;  // the SRAM, and a quarter for the ROM
    expected[Part::Leakage] = um2 * 1e-6 * raw["leakage_density"] * counts.seconds;  // mm2 * W/mm2 * s

    double total = 0;
    for (const auto& [part, joules] : expected) {
      EXPECT_NEAR(energy.parts.at(part).joules, joules, 1e-9 * joules) << name_of(part) << " in run " << run;
      total += joules;
    }
    EXPECT_NEAR(energy.joules() / total, 1, 1e-9);
    EXPECT_NEAR(model.square_metres() * 1e12 / um2, 1, 1e-9);
    double lines = energy.parts.at(Part::Leakage).joules;
    for (const Contribution& line : energy.contributions) lines += line.joules;
    EXPECT_NEAR(lines / energy.joules(), 1, 1e-12);
  }
}

TEST(EnergyConservation, CornersAreOrderedAndPhasesAddUp) {
  Inventory inventory;
  inventory.sram_bytes[Part::WeightSram] = 100'000;
  const EnergyModel model(Technology::load(path_of("7nm")), inventory, "ddr5");
  ActionCounts prefill;
  prefill.add(Part::Matrix, Action::IntAddGated, 12, 123'456'789);
  prefill.add(Part::WeightSram, Action::SramWrite, 64, 999'999);
  prefill.seconds = 0.25;
  ActionCounts decode;
  decode.add(Part::Dram, Action::DramRead, 0, 77'777'777);
  decode.add(Part::WeightSram, Action::SramWrite, 64, 1);
  decode.seconds = 0.5;
  ActionCounts both = prefill;
  both += decode;
  double last = -1;
  for (const Corner corner : kCorners) {
    const double apart = model.evaluate(prefill, corner).joules() + model.evaluate(decode, corner).joules();
    EXPECT_NEAR(model.evaluate(both, corner).joules() / apart, 1, 1e-12);
    EXPECT_GT(apart, last);
    last = apart;
  }
}

TEST(EnergyMonotonic, PricesRiseWithWidthAndSize) {
  for (const char* node : {"7nm", "45nm"}) {
    const Technology technology = Technology::load(path_of(node));
    double add = 0;
    double mul = 0;
    for (int width = kMinWidthBits; width <= kMaxWidthBits; ++width) {
      const EnergyModel model(technology, {}, "none");
      const double next_add = model.rate({Part::Matrix, Action::IntAdd, width}, Corner::Mid).joules;
      const double next_mul = model.rate({Part::Matrix, Action::IntMul, width}, Corner::Mid).joules;
      EXPECT_GT(next_add, add) << width;
      EXPECT_GT(next_mul, mul) << width;
      add = next_add;
      mul = next_mul;
    }
    double sram = 0;
    for (std::uint64_t bytes = 1024; bytes <= (64U << 20); bytes += bytes / 7) {
      Inventory inventory;
      inventory.sram_bytes[Part::WeightSram] = bytes;
      const EnergyModel model(technology, inventory, "none");
      const double next = model.rate({Part::WeightSram, Action::SramRead, 64}, Corner::Mid).joules;
      EXPECT_GE(next, sram) << bytes;
      if (bytes > 9000) {
        EXPECT_GT(next, sram) << bytes;
      }
      sram = next;
    }
  }
}

}  // namespace
}  // namespace ternsim::energy
