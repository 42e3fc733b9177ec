// The matrix_unit section of an accelerator file: what each datapath takes, and what is refused by name.
#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/program/matrix_config.h"

namespace ternsim::sim {
namespace {

const std::string kSource = TERNSIM_SOURCE_DIR;

/// A section of these lines on top of what every datapath needs.
std::string section(const std::string& datapath, const std::string& dataflow, const std::string& packing, int bits,
                    const std::string& more = "") {
  return "datapath: " + datapath + "\ndataflow: " + dataflow + "\nweight_packing: " + packing +
         "\nrows: 16\nlanes: 64\nslots: 8\ntree_levels_per_stage: 2\naccumulator_bits: 32\nactivation_bits: " +
         std::to_string(bits) + "\nskip_zero_rows: false\n" + more +
         (more.find("zero_gating") == std::string::npos ? "zero_gating: false\n" : "") +
         (more.find("gather_inputs") == std::string::npos ? "gather_inputs: false\n" : "");
}

MatrixUnitConfig read(const std::string& text) {
  return read_matrix_unit(YamlMap::parse(text, "unit.yaml"), kSource + "/rtl/configs.yaml");
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(MatrixConfig, EveryDatapathHasItsKeys) {
  EXPECT_EQ(read(section("adder_tree", "weight_stationary", "two_bit", 8)).dataflow, Dataflow::WeightStationary);
  const MatrixUnitConfig skip = read(section("zero_skip", "output_stationary", "two_bit", 8, "skip_window: 256\n"));
  EXPECT_EQ(skip.skip_window, 256);
  const MatrixUnitConfig lut = read(section("lut", "table_stationary", "base3", 8,
                                            "lut_group: 4\nlut_build_adders: 2\ndecoder_weights_per_cycle: 1024\n"));
  EXPECT_EQ(lut.dataflow, Dataflow::TableStationary);
  EXPECT_EQ(name_of(lut.dataflow), "table_stationary");
  EXPECT_EQ(lut.lut_group, 4);
  EXPECT_EQ(lut.decoder_weights_per_cycle, 1024);
  EXPECT_TRUE(read(section("bit_serial", "output_stationary", "two_bit", 8)).exact());
  EXPECT_TRUE(read(section("int8_mac", "output_stationary", "int8", 8)).exact());
  EXPECT_FALSE(read(section("fp16_mac", "output_stationary", "fp16", 16)).exact());
  EXPECT_EQ(read(section("fp16_mac", "output_stationary", "fp16", 16)).sum_bits, 16);
  EXPECT_EQ(read(section("fp16_mac", "output_stationary", "fp16", 16, "sum_precision: fp32\n")).sum_bits, 32);
  const MatrixUnitConfig w4 = read(section("w4a16_mac", "output_stationary", "int4_groups", 16, "group_size: 128\n"));
  EXPECT_EQ(w4.weight_bits(), 4 + 20.0 / 128);
  EXPECT_EQ(w4.packed_bytes(256), 128 + 5);
}

TEST(MatrixConfig, WhatCannotBeIsNamed) {
  const auto expect = [](const std::string& text, const std::string& word) {
    EXPECT_NE(refusal(text).find(word), std::string::npos) << refusal(text);
  };
  expect(section("lut", "output_stationary", "two_bit", 8), "dataflow: lut takes table_stationary");
  expect(section("adder_tree", "table_stationary", "two_bit", 8), "dataflow: adder_tree has no tables");
  expect(section("lut", "table_stationary", "two_bit", 8, "zero_gating: true\n"), "zero_gating: lut has none");
  expect(section("zero_skip", "output_stationary", "two_bit", 8, "gather_inputs: true\n"),
         "gather_inputs: zero_skip has none");
  expect(section("zero_skip", "output_stationary", "two_bit", 8, "skip_window: 100\n"),
         "skip_window: must be a multiple of lanes");
  expect(section("int8_mac", "output_stationary", "int8", 8, "zero_gating: true\n"), "zero_gating: int8_mac has none");
  expect(section("adder_tree", "output_stationary", "int8", 8), "weight_packing: adder_tree takes two_bit or base3");
  expect(section("w4a16_mac", "output_stationary", "fp16", 16), "weight_packing: w4a16_mac takes int4_groups");
  expect(section("fp16_mac", "output_stationary", "fp16", 8), "activation_bits: fp16_mac takes 16-bit");
  expect(section("fp16_mac", "output_stationary", "fp16", 16, "sum_precision: fp64\n"), "sum_precision");
  expect(section("int8_mac", "output_stationary", "int8", 8, "sum_precision: fp32\n"), "sum_precision: unknown key");
  expect(section("adder_tree", "output_stationary", "base3", 8), "decoder_weights_per_cycle");
  expect(section("adder_tree", "output_stationary", "two_bit", 8, "lut_group: 4\n"), "lut_group: unknown key");
}

}  // namespace
}  // namespace ternsim::sim
