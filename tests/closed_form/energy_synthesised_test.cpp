// The synthesised technology against the netlists that it was made from: the energy model's own account of an adder
// tree is the energy that the gate-level simulation of that tree gave.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "energy/energy_model.h"

namespace ternsim::energy {
namespace {

const std::string kSource = TERNSIM_SOURCE_DIR;

Technology synthesised() { return Technology::load(kSource + "/configs/technologies/asap7-synthesised.yaml"); }

/// fJ of one operation, weights changing (or as `scenario` says) at a wire length.
double netlist(const std::string& design, const std::string& scenario = "layer, changing",
               const std::string& wire = "2") {
  static const nlohmann::json report =
      nlohmann::json::parse(std::ifstream(kSource + "/reports/synthesis/synthesis.json"));
  for (const nlohmann::json& one : report.at("designs").at(design).at("energy_fj_per_operation"))
    if (one.at("scenario") == scenario) return one.at("total_by_wire_um_per_fanout").at(wire);
  ADD_FAILURE() << design << " has no " << scenario;
  return 0;
}

/// fJ per lane of a tree of so many lanes: `leaf` each, then additions one bit wider at each level.
double tree(int lanes, int lane_bits, Action leaf, int leaf_bits, Corner corner) {
  ActionCounts counts;
  counts.add(Part::Matrix, leaf, leaf_bits, static_cast<std::uint64_t>(lanes));
  for (int nodes = lanes / 2, width = lane_bits + 1; nodes > 0; nodes /= 2, ++width)
    counts.add(Part::Matrix, Action::IntAdd, width, static_cast<std::uint64_t>(nodes));
  const EnergyModel model(synthesised(), {}, "none");
  return model.evaluate(counts, corner).parts.at(Part::Matrix).joules * 1e15 / lanes;
}

// Constants have four significant digits.
constexpr double kRounding = 1e-3;

TEST(SynthesisedTechnology, GivesTheTreesThatItWasMadeFrom) {
  const double ternary = netlist("ternary_dot_16_levels_2");
  EXPECT_NEAR(tree(16, 9, Action::IntNegate, 9, Corner::Mid), ternary, kRounding * ternary);
  const double int8 = netlist("int8_dot_16_levels_2", "bell, changing");
  EXPECT_NEAR(tree(16, 16, Action::IntMul, 8, Corner::Mid), int8, kRounding * int8);
  // The corner of every constant: no wires and weights held, long wires and weights changing.
  const double low = netlist("int8_dot_16_levels_2", "bell, held 32", "0");
  const double high = netlist("int8_dot_16_levels_2", "bell, changing", "5");
  EXPECT_NEAR(tree(16, 16, Action::IntMul, 8, Corner::Low), low, kRounding * low);
  EXPECT_NEAR(tree(16, 16, Action::IntMul, 8, Corner::High), high, kRounding * high);
}

TEST(SynthesisedTechnology, ForetellsATreeThatItWasNotMadeFrom) {
  const double wide = netlist("ternary_dot_64_levels_2");
  EXPECT_NEAR(tree(64, 9, Action::IntNegate, 9, Corner::Mid), wide, 0.02 * wide);
  // Operators alone are less than a whole unit, which has registers, and none is free.
  const double mac = netlist("fp16_mac_16_stages_1", "bell, changing");
  const Technology technology = synthesised();
  const double operators = (technology.constant("fp16_mul").mid + technology.constant("fp16_add").mid) * 1e15;
  EXPECT_LT(operators, mac);
  EXPECT_GT(operators, 0.8 * mac);
}

TEST(SynthesisedTechnology, SaysWhatIsItsOwnAndWhatIsNot) {
  const Technology own = synthesised();
  const Technology published = Technology::load(kSource + "/configs/technologies/published-7nm.yaml");
  EXPECT_EQ(own.node_nm(), published.node_nm());
  for (const Constant& constant : own.constants()) {
    const bool memory = constant.name.starts_with("dram_") || constant.name.find("ram_") != std::string::npos ||
                        constant.name.starts_with("rom_") || constant.name.find("special") != std::string::npos;
    EXPECT_EQ(constant.tier != Tier::Synthesised, memory) << constant.name;
    const Constant& theirs = published.constant(constant.name);
    if (!memory) {
      EXPECT_NE(constant.source.find("Own netlists"), std::string::npos) << constant.name;
      continue;
    }
    EXPECT_EQ(constant.source, theirs.source) << constant.name;
    EXPECT_EQ(constant.written, theirs.written) << constant.name;
    EXPECT_EQ(constant.tier, theirs.tier) << constant.name;
  }
}

}  // namespace
}  // namespace ternsim::energy
