#include "sim/program/accelerator_config.h"

#include <fmt/format.h>

#include <bit>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim::sim {

namespace {

MatrixUnitConfig read_matrix(YamlMap& map, const std::filesystem::path& rtl_configs) {
  MatrixUnitConfig m;
  m.datapath = static_cast<Datapath>(map.choice("datapath", {"adder_tree", "fp16_mac"}));
  MatrixGeometry& g = m.geometry;
  g.rows = static_cast<int>(map.integer("rows", 1, 65536));
  g.lanes = static_cast<int>(map.integer("lanes", 2, 1024));
  if (!std::has_single_bit(static_cast<unsigned>(g.lanes))) map.fail("lanes", "must be a power of two");
  g.slots = static_cast<int>(map.integer("slots", 1, 64));
  g.tree_levels_per_stage = static_cast<int>(map.integer("tree_levels_per_stage", 1, 10));
  g.accumulator_bits = static_cast<int>(map.integer("accumulator_bits", 16, 32));
  m.weight_bits = static_cast<int>(map.integer("weight_bits", 2, 16));
  m.activation_bits = static_cast<int>(map.integer("activation_bits", 8, 16));
  m.zero_gating = map.boolean("zero_gating");
  if (m.datapath == Datapath::AdderTree && (m.weight_bits != 2 || m.activation_bits != 8))
    map.fail("weight_bits", "an adder_tree takes 2-bit codes and 8-bit activations");
  if (m.datapath == Datapath::Fp16Mac && (m.weight_bits != 16 || m.activation_bits != 16))
    map.fail("weight_bits", "an fp16_mac takes 16-bit weights and 16-bit activations");
  if (m.datapath == Datapath::Fp16Mac && m.zero_gating)
    map.fail("zero_gating", "an fp16_mac has none: FP16 weights are hardly ever zero");
  if (std::int64_t{g.rows} * g.lanes > 1 << 20)
    map.fail("rows", fmt::format("{} rows x {} lanes is more than 1048576", g.rows, g.lanes));
  if (map.has("rtl_config")) {
    m.rtl_config = map.text("rtl_config");
    if (m.datapath != Datapath::AdderTree) map.fail("rtl_config", "only the adder_tree datapath has an RTL");
    const MatrixGeometry rtl = find_rtl_config(rtl_configs, m.rtl_config);
    if (rtl.rows != g.rows || rtl.lanes != g.lanes || rtl.slots != g.slots ||
        rtl.tree_levels_per_stage != g.tree_levels_per_stage || rtl.accumulator_bits != g.accumulator_bits)
      map.fail(
          "rtl_config",
          fmt::format("'{}' has rows {}, lanes {}, slots {}, tree_levels_per_stage {}, accumulator_bits {}; the "
                      "parameters here differ",
                      m.rtl_config, rtl.rows, rtl.lanes, rtl.slots, rtl.tree_levels_per_stage, rtl.accumulator_bits));
    g.name = rtl.name;
  }
  map.finish();
  return m;
}

MacUnitConfig read_mac_unit(YamlMap& map) {
  MacUnitConfig u;
  u.lanes = static_cast<int>(map.integer("lanes", 1, 65536));
  u.latency_cycles = static_cast<int>(map.integer("latency_cycles", 1, 1000));
  return u;
}

DramConfig read_dram(YamlMap map) {
  DramConfig d;
  d.type = map.text("type");
  d.channels = static_cast<int>(map.integer("channels", 1, 1024));
  d.channel_bytes_per_second = map.number("channel_bytes_per_second", 1e6, 1e13);
  d.banks_per_channel = static_cast<int>(map.integer("banks_per_channel", 1, 1024));
  d.row_bytes = map.integer("row_bytes", 64, 1 << 20);
  d.burst_bytes = static_cast<int>(map.integer("burst_bytes", 1, 4096));
  if (d.row_bytes % d.burst_bytes != 0) map.fail("burst_bytes", "must divide row_bytes");
  d.t_rcd_s = map.number("t_rcd_s", 0, 1e-6);
  d.t_rp_s = map.number("t_rp_s", 0, 1e-6);
  d.t_cl_s = map.number("t_cl_s", 0, 1e-6);
  d.t_rfc_s = map.number("t_rfc_s", 0, 1e-5);
  d.t_refi_s = map.number("t_refi_s", 1e-7, 1e-3);
  if (d.t_rfc_s >= d.t_refi_s) map.fail("t_rfc_s", "refresh takes longer than the refresh interval t_refi_s");
  d.t_turnaround_s = map.number("t_turnaround_s", 0, 1e-6);
  map.finish();
  return d;
}

}  // namespace

AcceleratorConfig load_accelerator(const std::filesystem::path& path, const std::filesystem::path& rtl_configs) {
  YamlMap root = YamlMap::load(path);
  AcceleratorConfig a;
  a.name = root.text("name");
  a.clock_hz = root.number("clock_hz", 1e6, 1e11);

  YamlMap matrix = root.map("matrix_unit");
  a.matrix = read_matrix(matrix, rtl_configs);

  YamlMap buffers = root.map("buffers");
  constexpr std::int64_t kMaxSram = std::int64_t{1} << 34;
  a.buffers.weight_bytes = buffers.integer("weight_bytes", 64, kMaxSram);
  a.buffers.activation_bytes = buffers.integer("activation_bytes", 64, kMaxSram);
  a.buffers.accumulator_bytes = buffers.integer("accumulator_bytes", 64, kMaxSram);
  buffers.finish();

  YamlMap vector = root.map("vector_unit");
  a.vector.lanes = static_cast<int>(vector.integer("lanes", 1, 65536));
  a.vector.latency_cycles = static_cast<int>(vector.integer("latency_cycles", 1, 1000));
  vector.finish();

  YamlMap attention = root.map("attention_unit");
  a.attention = read_mac_unit(attention);
  a.kv_cache_bits = static_cast<int>(attention.integer("kv_cache_bits", 8, 32));
  if (a.kv_cache_bits % 8 != 0) attention.fail("kv_cache_bits", "must be 8, 16, 24 or 32");
  attention.finish();

  YamlMap head = root.map("lm_head");
  a.lm_head = read_mac_unit(head);
  head.finish();

  YamlMap sequencer = root.map("sequencer");
  a.issue_cycles = static_cast<int>(sequencer.integer("issue_cycles", 1, 1000));
  a.queue_depth = static_cast<int>(sequencer.integer("queue_depth", 1, 1024));
  sequencer.finish();

  YamlMap dma = root.map("dma");
  a.dma_setup_cycles = static_cast<int>(dma.integer("setup_cycles", 0, 1000));
  dma.finish();

  a.dram = read_dram(root.map("dram"));
  root.finish();
  a.yaml = root.source();
  return a;
}

}  // namespace ternsim::sim
