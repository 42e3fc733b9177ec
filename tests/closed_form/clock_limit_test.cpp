// A clock above what synthesis reached is noted, with the numbers; one below is not.
#include "explore/clock_limit.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"

namespace ternsim::explore {
namespace {

namespace fs = std::filesystem;
const fs::path kSource = TERNSIM_SOURCE_DIR;

constexpr const char* kLimits = R"(name: made-up
description: d
tier: synthesised
unit: Hz
source: s
adder_trees:
  - {lanes: 16, tree_levels_per_stage: 2, value: 2.0e9}
  - {lanes: 64, tree_levels_per_stage: 2, value: 1.5e9}
  - {lanes: 64, tree_levels_per_stage: 3, value: 1.2e9}
)";

ClockLimits load(std::string text, const std::string& from = "", const std::string& to = "") {
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  const fs::path path = fs::temp_directory_path() / ("ternsim_limits_" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << text;
  struct Remove {
    fs::path path;
    ~Remove() { fs::remove(path); }
  } remove{path};
  return ClockLimits::load(path);
}

sim::AcceleratorConfig machine(int lanes, int levels, double clock_hz) {
  sim::AcceleratorConfig config =
      sim::load_accelerator(kSource / "configs/accelerators/edge-lpddr5x.yaml", kSource / "rtl/configs.yaml");
  config.matrix.geometry.lanes = lanes;
  config.matrix.geometry.tree_levels_per_stage = levels;
  config.clock_hz = clock_hz;
  config.origin = "mine.yaml";
  return config;
}

TEST(ClockLimits, AClockAboveTheWidestTreeThatIsNoWiderIsNoted) {
  const ClockLimits limits = load(kLimits);
  EXPECT_EQ(limits.exceeded(machine(64, 2, 1.5e9)), "");
  EXPECT_EQ(limits.exceeded(machine(64, 2, 1.6e9)),
            "mine.yaml: clock_hz is 1.60 GHz, and in synthesis (made-up) an adder tree of 64 lanes with 2 levels a "
            "stage reached 1.50 GHz before placement: use fewer tree_levels_per_stage or a slower clock");
  EXPECT_EQ(limits.exceeded(machine(32, 2, 1.6e9)), "");  // as 16 lanes: 2 GHz
  EXPECT_NE(limits.exceeded(machine(32, 2, 2.1e9)), "");
  EXPECT_NE(limits.exceeded(machine(256, 3, 1.3e9)), "");  // as 64 lanes
}

TEST(ClockLimits, WhatWasNotSynthesisedIsNotNoted) {
  const ClockLimits limits = load(kLimits);
  EXPECT_EQ(limits.exceeded(machine(8, 2, 9e9)), "");   // narrower than any
  EXPECT_EQ(limits.exceeded(machine(64, 4, 9e9)), "");  // other levels
  sim::AcceleratorConfig other = machine(64, 2, 9e9);
  other.matrix.datapath = sim::DatapathKind::Int8Mac;
  EXPECT_EQ(limits.exceeded(other), "");
}

TEST(ClockLimits, TheFileIsReadStrictly) {
  EXPECT_THROW(load(kLimits, "source: s", "source: \"\""), InputError);
  EXPECT_THROW(load(kLimits, "tier: synthesised", "tier: assumed"), InputError);
  EXPECT_THROW(load(kLimits, "unit: Hz", "unit: GHz"), InputError);
  EXPECT_THROW(load(kLimits, "lanes: 16,", "lane: 16,"), InputError);
}

TEST(ClockLimits, TheShippedFileHasTheWidthsOfTheReport) {
  const ClockLimits limits = ClockLimits::load(kSource / "configs/synthesis/asap7-timing.yaml");
  // 16 lanes at 1, 2 and 4 levels a stage, 64 lanes at 1, 2 and 3.
  EXPECT_EQ(limits.all().size(), 6U);
  EXPECT_NE(limits.exceeded(machine(64, 3, 5e9)), "");
  EXPECT_EQ(limits.exceeded(machine(64, 3, 0.1e9)), "");
}

}  // namespace
}  // namespace ternsim::explore
