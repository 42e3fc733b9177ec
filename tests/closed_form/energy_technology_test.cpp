// The shipped technology files carry value, unit, source, tier and comment for every constant, and the loader refuses
// files that do not.
#include "energy/technology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim::energy {
namespace {

const std::string kFolder = std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/";

std::string text_of(const std::string& file) {
  std::ifstream in(kFolder + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Replaces the first `from` after the first `after`; fails the test if either is not there.
std::string edited(const std::string& after, const std::string& from, const std::string& to) {
  std::string text = text_of("published-7nm.yaml");
  const std::size_t start = text.find(after);
  const std::size_t at = start == std::string::npos ? start : text.find(from, start);
  EXPECT_NE(at, std::string::npos) << after << " ... " << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

void expect_refused(const std::string& text, const std::vector<std::string>& words) {
  try {
    Technology::parse(text, "edited.yaml");
    FAIL() << "accepted";
  } catch (const InputError& error) {
    for (const std::string& word : words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << word << " not in: " << error.what();
  }
}

/// Every technology file that comes with the project, by name: a new one cannot be left out.
std::vector<std::string> shipped_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

class ShippedTechnology : public testing::TestWithParam<std::string> {
 protected:
  std::string path() const { return kFolder + GetParam() + ".yaml"; }
};

TEST_P(ShippedTechnology, EveryConstantHasValueUnitSourceTierAndComment) {
  const Technology technology = Technology::load(path());
  EXPECT_EQ(technology.name(), GetParam());
  ASSERT_EQ(technology.constants().size(), constant_specs().size());
  for (std::size_t i = 0; i < constant_specs().size(); ++i) {
    const Constant& constant = technology.constants()[i];
    EXPECT_EQ(constant.name, constant_specs()[i].name);
    EXPECT_GT(constant.mid, 0) << constant.name;
    EXPECT_NE(find_unit(constant.unit, constant.dimension), nullptr) << constant.name;
    for (const std::string& text : {constant.source, constant.comment, constant.written})
      EXPECT_GT(text.size(), 3U) << constant.name;
    EXPECT_GE(constant.tier, Tier::Published) << constant.name;  // no figure of a file is exact or simulated
  }
}

TEST_P(ShippedTechnology, TheFileSaysAllOfThatItself) {
  YamlMap root = YamlMap::load(path());
  if (root.has("between")) {
    EXPECT_EQ(root.texts("between").size(), 2U);
    EXPECT_FALSE(root.has("constants"));
    return;
  }
  YamlMap constants = root.map("constants");
  const std::vector<std::string> names = constants.keys();
  EXPECT_EQ(names.size(), constant_specs().size());
  for (const std::string& name : names) {
    YamlMap entry = constants.map(name);
    EXPECT_GT(entry.number("value", 0, 1e6), 0) << name;
    for (const char* key : {"unit", "source", "comment"}) EXPECT_GT(entry.text(key).size(), 1U) << name << "." << key;
    entry.choice("tier", {"published", "synthesised", "derived", "assumed"});
  }
}

TEST_P(ShippedTechnology, LoadsWithEveryRangeInOrder) {
  const Technology technology = Technology::load(path());
  for (const Constant& constant : technology.constants()) {
    EXPECT_LE(constant.low, constant.mid) << constant.name;
    EXPECT_LE(constant.mid, constant.high) << constant.name;
    if (constant.source.find("Own estimate") != std::string::npos) {
      EXPECT_EQ(constant.tier, Tier::Assumed) << constant.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, ShippedTechnology, testing::ValuesIn(shipped_names()), [](const auto& file) {
  std::string name = file.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

/// Values that each shipped file with constants of its own must keep: the loader refuses it without any one of them.
TEST_P(ShippedTechnology, NoConstantCanBeLeftOut) {
  YamlMap root = YamlMap::load(path());
  if (root.has("between")) return;  // its ends are shipped files themselves
  const std::string text = text_of(GetParam() + ".yaml");
  for (const ConstantSpec& spec : constant_specs()) {
    for (const char* key : {"value", "unit", "source", "tier", "comment"}) {
      const std::size_t start = text.find("\n  " + std::string(spec.name) + ":\n");
      ASSERT_NE(start, std::string::npos) << spec.name;
      std::string without = text;
      const std::size_t at = without.find("    " + std::string(key) + ":", start);
      ASSERT_NE(at, std::string::npos) << spec.name;
      without.erase(at, without.find('\n', at) + 1 - at);
      EXPECT_THROW(Technology::parse(without, "edited.yaml"), InputError) << spec.name << " without " << key;
    }
  }
}

TEST(Technology, ConvertsToSi) {
  const Technology seven = Technology::load(kFolder + "published-7nm.yaml");
  EXPECT_EQ(seven.node_nm(), 7);
  EXPECT_DOUBLE_EQ(seven.constant("int8_add").mid, 7e-15);
  EXPECT_DOUBLE_EQ(seven.constant("sram_read_8kib").mid, 7.5e-12 / 64);
  EXPECT_DOUBLE_EQ(seven.constant("dram_lpddr5x").low, 4e-12);
  EXPECT_DOUBLE_EQ(seven.constant("dram_lpddr5x").high, 10e-12);
  EXPECT_DOUBLE_EQ(seven.constant("area_fp16_mul").mid, 1640e-12);
  EXPECT_DOUBLE_EQ(seven.constant("leakage_density").mid, 0.01 * 1e6);  // W/mm2 -> W/m2
  EXPECT_EQ(seven.constant("int8_add").tier, Tier::Published);
  EXPECT_EQ(seven.constant("dram_hbm3").tier, Tier::Assumed);
  EXPECT_EQ(seven.constant("dram_lpddr5x").written, "7.5 pJ/bit (4 ... 10)");
  EXPECT_THROW(seven.constant("int9_add"), RequestError);
}

TEST(Technology, NamesAMissingConstantAndWhoNeedsIt) {
  expect_refused(edited("constants:", "gated_add_factor:", "gated_add_facto:"),
                 {"gated_add_factor", "missing", "int_add_gated"});
}

TEST(Technology, RefusesAnUnknownConstant) {
  expect_refused(text_of("published-7nm.yaml") + "  int9_add: {value: 1, unit: pJ}\n", {"int9_add", "unknown key"});
}

TEST(Technology, RefusesBadValues) {
  for (const char* bad : {"-0.007", "0", "7000", "nan", "inf", "seven", "1e-12"})
    expect_refused(edited("int8_add:", "0.007", bad), {"int8_add", "value"});
  expect_refused(edited("gated_add_factor:", "high: 0.3", "high: 1.5"), {"gated_add_factor", "high"});
  expect_refused(edited("dram_ddr4:", "low: 15.0", "low: 25.0"), {"dram_ddr4", "low <= value <= high"});
  expect_refused(edited("dram_ddr4:", "    low: 15.0\n", ""), {"dram_ddr4", "together"});
}

TEST(Technology, RefusesAUnitOfAnotherDimension) {
  for (const char* bad : {"pJ/bit", "mJ", "um2", "PJ"})
    expect_refused(edited("int8_add:", "unit: pJ", std::string("unit: ") + bad), {"int8_add", "unit", "pJ, fJ, J"});
}

TEST(Technology, RefusesAConstantWithoutProvenance) {
  expect_refused(edited("int8_add:", "    tier: published\n", ""), {"int8_add", "tier"});
  expect_refused(edited("int8_add:", "tier: published", "tier: guessed"), {"int8_add", "guessed"});
  expect_refused(edited("int8_add:", "tier: published", "tier: exact"), {"int8_add", "exact"});
  expect_refused(edited("int8_add:", "    source: \"BitNet v1, arXiv 2310.11453, Table 2\"\n", ""),
                 {"int8_add", "source"});
  expect_refused(edited("int8_add:", "\"BitNet v1, arXiv 2310.11453, Table 2\"", "\"?\""), {"int8_add", "source"});
  expect_refused(edited("int8_add:", "    comment:", "    #comment:"), {"int8_add", "comment"});
}

TEST(Technology, RefusesPointsThatFall) {
  expect_refused(edited("sram_read_32kib:", "8.5", "7.4"), {"sram_read_32kib", "sram_read_8kib"});
  expect_refused(edited("int32_add:", "0.03", "0.006"), {"int32_add", "int8_add"});
}

TEST(Technology, RefusesAMissingFile) { EXPECT_THROW(Technology::load(kFolder + "published-3nm.yaml"), InputError); }

}  // namespace
}  // namespace ternsim::energy
