#include "sim/program/accelerator_config.h"

#include <fmt/format.h>

#include <bit>
#include <sstream>

#include "base/error.h"

namespace ternsim::sim {

namespace {

MacUnitConfig read_mac_unit(YamlMap& map) {
  MacUnitConfig u;
  u.lanes = static_cast<int>(map.integer("lanes", 1, 65536));
  u.latency_cycles = static_cast<int>(map.integer("latency_cycles", 1, 1000));
  return u;
}

constexpr std::int64_t kMaxStore = std::int64_t{1} << 44;  // 16 TiB: no chip, but no overflow either

ResidentConfig read_resident(YamlMap map) {
  ResidentConfig r;
  r.storage = static_cast<ResidentStorage>(map.choice("storage", {"none", "sram", "rom"}));
  r.bytes = map.integer("bytes", 0, kMaxStore);
  if ((r.storage == ResidentStorage::None) != (r.bytes == 0))
    map.fail("bytes", r.bytes == 0 ? "a store needs a size" : "must be 0 where storage is none");
  map.finish();
  return r;
}

AttentionConfig read_attention(YamlMap map) {
  AttentionConfig a;
  static_cast<MacUnitConfig&>(a) = read_mac_unit(map);
  a.precision = static_cast<AttentionPrecision>(map.choice("precision", {"fp16", "int8"}));
  a.special_lanes = static_cast<int>(map.integer("special_lanes", 1, 1 << 20));
  a.query_tokens = static_cast<int>(map.integer("query_tokens", 1, 4096));
  map.finish();
  return a;
}

KvCacheConfig read_kv_cache(YamlMap map) {
  KvCacheConfig k;
  k.bits = static_cast<int>(map.integer("bits", 3, 16));
  if (k.bits != 16 && k.bits != 8 && k.bits != 4 && k.bits != 3) map.fail("bits", "must be 16, 8, 4 or 3");
  k.on_chip = map.choice("storage", {"dram", "sram"}) == 1;
  k.sram_bytes = map.integer("sram_bytes", 0, kMaxStore);
  if (k.on_chip != (k.sram_bytes != 0))
    map.fail("sram_bytes", k.on_chip ? "a cache on chip needs a size" : "must be 0 where storage is dram");
  map.finish();
  return k;
}

/// The memory's file behind the accelerator's, so that what was simulated stands in one text.
std::string as_comment(const std::string& yaml) {
  std::string text;
  std::istringstream lines(yaml);
  for (std::string line; std::getline(lines, line);) text += fmt::format("{}# {}\n", text.empty() ? "\n" : "", line);
  return text;
}

}  // namespace

std::string_view name_of(ResidentStorage storage) {
  return storage == ResidentStorage::None ? "none" : storage == ResidentStorage::Sram ? "sram" : "rom";
}

AcceleratorConfig load_accelerator(const std::filesystem::path& path, const std::filesystem::path& rtl_configs,
                                   std::span<const YamlOverride> overrides) {
  YamlMap root = YamlMap::load(path, overrides);
  AcceleratorConfig a;
  a.name = root.text("name") + overrides_text(overrides);
  if (root.has("fabric")) a.fabric = static_cast<Fabric>(root.choice("fabric", {"asic", "fpga"}));
  a.clock_hz = root.number("clock_hz", 1e6, 1e11);

  a.matrix = read_matrix_unit(root.map("matrix_unit"), rtl_configs);

  YamlMap buffers = root.map("buffers");
  constexpr std::int64_t kMaxSram = std::int64_t{1} << 34;
  a.buffers.weight_bytes = buffers.integer("weight_bytes", 64, kMaxSram);
  a.buffers.weight_banks = static_cast<int>(buffers.integer("weight_banks", 1, 2));
  a.buffers.activation_bytes = buffers.integer("activation_bytes", 64, kMaxSram);
  a.buffers.accumulator_bytes = buffers.integer("accumulator_bytes", 64, kMaxSram);
  a.buffers.kv_bytes = buffers.integer("kv_bytes", 0, kMaxSram);
  buffers.finish();

  YamlMap mapping = root.map("mapping");
  a.mapping.token_block = mapping.integer("token_block", 0, 1 << 20);
  a.mapping.chunk_rows = mapping.integer("chunk_rows", 0, 1 << 20);
  if (a.mapping.chunk_rows % a.matrix.geometry.rows != 0)
    mapping.fail("chunk_rows", fmt::format("must be a multiple of matrix_unit.rows, {}", a.matrix.geometry.rows));
  mapping.finish();

  a.resident = read_resident(root.map("resident_weights"));

  YamlMap vector = root.map("vector_unit");
  a.vector.lanes = static_cast<int>(vector.integer("lanes", 1, 65536));
  a.vector.latency_cycles = static_cast<int>(vector.integer("latency_cycles", 1, 1000));
  vector.finish();

  a.attention = read_attention(root.map("attention_unit"));
  a.kv_cache = read_kv_cache(root.map("kv_cache"));
  if (!a.kv_cache.on_chip && a.buffers.kv_bytes == 0)
    buffers.fail("kv_bytes", "a cache in DRAM (kv_cache.storage) needs a buffer on chip");

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

  a.dram = read_dram(root.map("dram"), path, rtl_configs.parent_path().parent_path() / "configs" / "memories");
  root.finish();
  a.yaml = root.source() + as_comment(a.dram.yaml);
  a.origin = path.string();
  return a;
}

}  // namespace ternsim::sim
