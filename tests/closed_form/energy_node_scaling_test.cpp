// Constants of a node between two technology files: the power law by hand, tiers, and what is refused.
#include "energy/node_scaling.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "energy/interpolation.h"

namespace ternsim::energy {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TERNSIM_SOURCE_DIR) / "configs/technologies";

std::string between(const std::string& ends, int node_nm) {
  std::ostringstream text;
  text << "name: test\ndescription: test\nnode_nm: " << node_nm << "\nbetween: " << ends << "\n";
  return text.str();
}
Technology scaled(int node_nm) {
  return Technology::parse(between("[published-45nm, published-7nm]", node_nm), (kFolder / "test.yaml").string());
}
Technology shipped(const std::string& name) { return Technology::load(kFolder / (name + ".yaml")); }

void expect_refused(const std::string& text, const std::filesystem::path& folder,
                    const std::vector<std::string>& words) {
  try {
    Technology::parse(text, (folder / "test.yaml").string());
    FAIL() << "accepted";
  } catch (const InputError& error) {
    for (const std::string& word : words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << word << " not in: " << error.what();
  }
}

TEST(NodeScaling, IsAStraightLineInTheLogarithms) {
  // 16 lies in the middle of 4 and 64 in the logarithm: the geometric mean of 1 and 9.
  EXPECT_DOUBLE_EQ(power_between(16, {64, 9}, {4, 1}), 3);
  EXPECT_DOUBLE_EQ(power_between(16, {4, 1}, {64, 9}), 3);
  EXPECT_EQ(power_between(64, {64, 9}, {4, 1}), 9);
  EXPECT_EQ(power_between(4, {64, 9}, {4, 1}), 1);
  EXPECT_DOUBLE_EQ(power_between(16, {64, 8}, {4, 0}), 4);  // no power law through 0
}

TEST(NodeScaling, EndsAreTheFilesThemselves) {
  for (const int node : {7, 45}) {
    const Technology end = shipped(node == 7 ? "published-7nm" : "published-45nm");
    const Technology at = scaled(node);
    for (const Constant& constant : end.constants()) {
      EXPECT_EQ(at.constant(constant.name).low, constant.low) << constant.name;
      EXPECT_EQ(at.constant(constant.name).mid, constant.mid) << constant.name;
      EXPECT_EQ(at.constant(constant.name).high, constant.high) << constant.name;
    }
  }
}

TEST(NodeScaling, LiesBetweenTheEndsAndMovesOneWay) {
  const Technology old = shipped("published-45nm");
  const Technology fresh = shipped("published-7nm");
  for (const Constant& a : old.constants()) {
    const double b = fresh.constant(a.name).mid;
    double before = b;
    for (int node = 7; node <= 45; ++node) {
      const double now = scaled(node).constant(a.name).mid;
      EXPECT_TRUE(b <= a.mid ? now >= before && now <= a.mid : now <= before && now >= a.mid) << a.name << node;
      before = now;
    }
  }
}

TEST(NodeScaling, SaysWhereAConstantComesFrom) {
  const Technology sixteen = shipped("scaled-16nm");
  EXPECT_EQ(sixteen.node_nm(), 16);
  const Constant& add = sixteen.constant("int8_add");
  // 0.03 pJ x (0.007 / 0.03)^(ln(16 / 45) / ln(7 / 45))
  EXPECT_NEAR(add.mid, 1.33625e-14, 1e-18);
  EXPECT_EQ(add.tier, Tier::Derived);
  EXPECT_NE(add.source.find("0.03 pJ at 45 nm"), std::string::npos) << add.source;
  EXPECT_NE(add.source.find("arXiv 2310.11453"), std::string::npos) << add.source;
  EXPECT_EQ(add.written, "0.01336 pJ");
  // An assumed end makes the constant assumed; DRAM and what is the same at both ends stay as they are.
  EXPECT_EQ(sixteen.constant("sram_area_per_bit").tier, Tier::Assumed);
  const Technology old = shipped("published-45nm");
  const Constant& dram = old.constant("dram_lpddr4");
  EXPECT_EQ(sixteen.constant("dram_lpddr4").written, dram.written);
  EXPECT_EQ(sixteen.constant("dram_lpddr4").tier, Tier::Published);
  EXPECT_EQ(shipped("scaled-28nm").node_nm(), 28);
}

TEST(NodeScaling, RefusesWhatCannotBeBetween) {
  expect_refused(between("[published-45nm, published-7nm]", 5), kFolder, {"node_nm", "7", "45"});
  expect_refused(between("[published-45nm, published-7nm]", 65), kFolder, {"node_nm", "7", "45"});
  expect_refused(between("[published-45nm]", 16), kFolder, {"between", "two names"});
  expect_refused(between("[published-7nm, asap7-synthesised]", 7), kFolder, {"between", "both at 7 nm"});
  expect_refused(between("[published-45nm, scaled-16nm]", 28), kFolder, {"scaled-16nm", "no constants of its own"});
  expect_refused(between("[published-45nm, published-3nm]", 28), kFolder,
                 {"test.yaml:4: between: ", "published-3nm.yaml"});
  expect_refused(between("[published-45nm, ../technologies/published-7nm]", 16), kFolder, {"between", "a path"});
  expect_refused(between("[published-45nm, published-7nm]", 16) + "constants: {}\n", kFolder, {"constants", "unknown"});
}

TEST(NodeScaling, RefusesDramThatDiffers) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "node_scaling_dram";
  std::filesystem::create_directories(folder);
  for (const char* name : {"published-45nm.yaml", "published-7nm.yaml"}) {
    std::ifstream in(kFolder / name);
    std::ostringstream text;
    text << in.rdbuf();
    std::string content = text.str();
    const std::size_t at = content.find("value: 7.5", content.find("dram_lpddr5x:"));
    ASSERT_NE(at, std::string::npos);
    if (content.find("node_nm: 7\n") != std::string::npos) content.replace(at, 10, "value: 7.0");
    std::ofstream(folder / name) << content;
  }
  expect_refused(between("[published-45nm, published-7nm]", 16), folder, {"dram_lpddr5x", "published-45nm"});
}

}  // namespace
}  // namespace ternsim::energy
