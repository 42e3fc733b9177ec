#include "sim/program/matrix_config.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <stdexcept>

#include "base/error.h"

namespace ternsim::sim {

std::string_view name_of(DatapathKind kind) {
  static constexpr std::array<std::string_view, 7> names{"adder_tree", "zero_skip", "lut",      "bit_serial",
                                                         "int8_mac",   "fp16_mac",  "w4a16_mac"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(WeightPacking packing) {
  static constexpr std::array<std::string_view, 5> names{"two_bit", "base3", "int8", "fp16", "int4_groups"};
  return names.at(static_cast<std::size_t>(packing));
}

std::string_view name_of(Dataflow dataflow) {
  static constexpr std::array<std::string_view, 3> names{"output_stationary", "weight_stationary", "table_stationary"};
  return names.at(static_cast<std::size_t>(dataflow));
}

std::int64_t MatrixUnitConfig::packed_bytes(std::int64_t cols) const {
  switch (packing) {
    case WeightPacking::TwoBit:
      return (cols + 3) / 4;
    case WeightPacking::Base3:
      return (cols + 4) / 5;
    case WeightPacking::Int8:
      return cols;
    case WeightPacking::Fp16:
      return 2 * cols;
    case WeightPacking::Int4Groups: {
      const std::int64_t groups = (cols + group_size - 1) / group_size;
      return (4 * cols + groups * (16 + 4) + 7) / 8;
    }
  }
  throw std::logic_error("no such packing");
}

double MatrixUnitConfig::weight_bits() const {
  switch (packing) {
    case WeightPacking::TwoBit:
      return 2;
    case WeightPacking::Base3:
      return 8.0 / 5;
    case WeightPacking::Int8:
      return 8;
    case WeightPacking::Fp16:
      return 16;
    case WeightPacking::Int4Groups:
      return 4 + 20.0 / group_size;
  }
  throw std::logic_error("no such packing");
}

namespace {

/// What each datapath can take; the keys that belong to one datapath alone are read here and nowhere else.
void read_values(YamlMap& map, MatrixUnitConfig& m) {
  m.packing =
      static_cast<WeightPacking>(map.choice("weight_packing", {"two_bit", "base3", "int8", "fp16", "int4_groups"}));
  m.activation_bits = static_cast<int>(map.integer("activation_bits", 8, 16));
  m.zero_gating = map.boolean("zero_gating");
  m.skip_zero_rows = map.boolean("skip_zero_rows");
  m.gather_inputs = map.boolean("gather_inputs");
  const bool codes = m.packing == WeightPacking::TwoBit || m.packing == WeightPacking::Base3;
  const std::string_view datapath = name_of(m.datapath);
  if (m.ternary() && !codes) map.fail("weight_packing", fmt::format("{} takes two_bit or base3", datapath));
  if (m.datapath == DatapathKind::Int8Mac && m.packing == WeightPacking::Fp16)
    map.fail("weight_packing", "int8_mac takes int8, two_bit or base3");
  if (m.datapath == DatapathKind::Int8Mac && m.packing == WeightPacking::Int4Groups)
    map.fail("weight_packing", "int8_mac takes int8, two_bit or base3; for int4_groups there is w4a16_mac");
  if (m.datapath == DatapathKind::Fp16Mac && m.packing != WeightPacking::Fp16)
    map.fail("weight_packing", "fp16_mac takes fp16");
  if (m.datapath == DatapathKind::W4A16Mac && m.packing != WeightPacking::Int4Groups)
    map.fail("weight_packing", "w4a16_mac takes int4_groups");
  const int wanted_bits = m.exact() ? 8 : 16;
  if (m.activation_bits != wanted_bits)
    map.fail("activation_bits", fmt::format("{} takes {}-bit activations", datapath, wanted_bits));
  if (!m.ternary()) {
    for (const auto& [key, on] :
         {std::pair("zero_gating", m.zero_gating), std::pair("skip_zero_rows", m.skip_zero_rows)})
      if (on) map.fail(key, fmt::format("{} has none: it does not look at ternary codes", datapath));
  }
  if (m.datapath == DatapathKind::Lut && m.zero_gating)
    map.fail("zero_gating", "lut has none: its lanes look sums up, whatever the weights");
  if (m.datapath == DatapathKind::ZeroSkip && m.gather_inputs)
    map.fail("gather_inputs", "zero_skip has none: it skips zero weights in fixed windows of columns");
  if (m.packing == WeightPacking::Int4Groups) m.group_size = static_cast<int>(map.integer("group_size", 16, 1 << 16));
  if (m.packing == WeightPacking::Base3)
    m.decoder_weights_per_cycle = static_cast<int>(map.integer("decoder_weights_per_cycle", 5, 1 << 20));
  if (m.datapath >= DatapathKind::Fp16Mac && map.has("sum_precision"))
    m.sum_bits = map.choice("sum_precision", {"fp16", "fp32"}) == 0 ? 16 : 32;
  if (m.datapath == DatapathKind::ZeroSkip) {
    m.skip_window = static_cast<int>(map.integer("skip_window", 2, 1 << 16));
    if (m.skip_window % m.geometry.lanes != 0) map.fail("skip_window", "must be a multiple of lanes");
  }
  if (m.datapath == DatapathKind::Lut) {
    m.lut_group = static_cast<int>(map.integer("lut_group", 1, 6));
    m.lut_build_adders = static_cast<int>(map.integer("lut_build_adders", 1, 1024));
  }
}

void check_rtl(YamlMap& map, MatrixUnitConfig& m, const std::filesystem::path& rtl_configs) {
  if (!map.has("rtl_config")) return;
  m.rtl_config = map.text("rtl_config");
  if (m.datapath != DatapathKind::AdderTree) map.fail("rtl_config", "only the adder_tree datapath has an RTL");
  if (m.dataflow != Dataflow::OutputStationary) map.fail("rtl_config", "the RTL is output_stationary");
  MatrixGeometry& g = m.geometry;
  const MatrixGeometry rtl = [&] {
    try {
      return find_rtl_config(rtl_configs, m.rtl_config);
    } catch (const InputError& e) {  // it names that file alone, and the key that leads there is here
      map.fail("rtl_config", e.what());
    }
  }();
  if (rtl.rows != g.rows || rtl.lanes != g.lanes || rtl.slots != g.slots ||
      rtl.tree_levels_per_stage != g.tree_levels_per_stage || rtl.accumulator_bits != g.accumulator_bits)
    map.fail(
        "rtl_config",
        fmt::format("'{}' has rows {}, lanes {}, slots {}, tree_levels_per_stage {}, accumulator_bits {}; the "
                    "parameters here differ",
                    m.rtl_config, rtl.rows, rtl.lanes, rtl.slots, rtl.tree_levels_per_stage, rtl.accumulator_bits));
  g.name = rtl.name;
}

}  // namespace

MatrixUnitConfig read_matrix_unit(YamlMap map, const std::filesystem::path& rtl_configs) {
  MatrixUnitConfig m;
  m.datapath = static_cast<DatapathKind>(
      map.choice("datapath", {"adder_tree", "zero_skip", "lut", "bit_serial", "int8_mac", "fp16_mac", "w4a16_mac"}));
  m.dataflow =
      static_cast<Dataflow>(map.choice("dataflow", {"output_stationary", "weight_stationary", "table_stationary"}));
  if ((m.datapath == DatapathKind::Lut) != (m.dataflow == Dataflow::TableStationary))
    map.fail("dataflow", m.datapath == DatapathKind::Lut
                             ? "lut takes table_stationary: its tables serve all rows of a block"
                             : fmt::format("{} has no tables: it takes output_stationary or weight_stationary",
                                           name_of(m.datapath)));
  MatrixGeometry& g = m.geometry;
  g.rows = static_cast<int>(map.integer("rows", 1, 65536));
  g.lanes = static_cast<int>(map.integer("lanes", 2, 1024));
  if (!std::has_single_bit(static_cast<unsigned>(g.lanes))) map.fail("lanes", "must be a power of two");
  g.slots = static_cast<int>(map.integer("slots", 1, 64));
  g.tree_levels_per_stage = static_cast<int>(map.integer("tree_levels_per_stage", 1, 10));
  g.accumulator_bits = static_cast<int>(map.integer("accumulator_bits", 16, 32));
  if (std::int64_t{g.rows} * g.lanes > 1 << 20)
    map.fail("rows", fmt::format("{} rows x {} lanes is more than 1048576", g.rows, g.lanes));
  read_values(map, m);
  check_rtl(map, m, rtl_configs);
  map.finish();
  return m;
}

}  // namespace ternsim::sim
