#include "sim/program/matrix_geometry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim::sim {

int MatrixGeometry::tree_levels() const { return std::bit_width(static_cast<unsigned>(lanes)) - 1; }

int MatrixGeometry::tree_stages() const { return (tree_levels() + tree_levels_per_stage - 1) / tree_levels_per_stage; }

std::int64_t EngineGeometry::weight_transfer_bits() const {
  const std::int64_t codes = std::int64_t{unit.rows} * unit.lanes;
  return weight_packing == StreamPacking::Base3 ? (codes + 4) / 5 * 8 : 2 * codes;
}

std::int64_t EngineGeometry::max_cols() const {
  return std::min(unit.max_cols(), std::int64_t{weight_depth} * unit.lanes);
}

std::int64_t EngineGeometry::max_tokens(std::int64_t cols) const { return activation_depth / unit.column_blocks(cols); }

std::int64_t EngineGeometry::beats(std::int64_t rows, std::int64_t cols, std::int64_t tokens) const {
  return unit.row_tiles(rows) * unit.column_blocks(cols) * tokens;
}

std::vector<EngineGeometry> load_rtl_engines(const std::filesystem::path& path) {
  YamlMap root = YamlMap::load(path);
  std::vector<EngineGeometry> out;
  for (const std::string& name : root.keys()) {
    YamlMap entry = root.map(name);
    const auto power_of_two = [&](std::string_view key, std::int64_t min, std::int64_t max) {
      const auto value = static_cast<int>(entry.integer(key, min, max));
      if (!std::has_single_bit(static_cast<unsigned>(value))) entry.fail(key, "must be a power of two");
      return value;
    };
    EngineGeometry engine;
    MatrixGeometry& g = engine.unit;
    g.name = name;
    g.rows = static_cast<int>(entry.integer("rows", 1, 1024));
    g.lanes = power_of_two("lanes", 2, 1024);
    g.slots = static_cast<int>(entry.integer("slots", 1, 64));
    g.tree_levels_per_stage = static_cast<int>(entry.integer("tree_levels_per_stage", 1, 10));
    g.accumulator_bits = static_cast<int>(entry.integer("accumulator_bits", 16, 32));
    engine.weight_depth = power_of_two("weight_depth", 2, 65536);
    engine.activation_depth = power_of_two("activation_depth", 2, 65536);
    engine.queue_depth = power_of_two("queue_depth", 2, 1024);
    engine.weight_packing =
        entry.choice("weight_packing", {"two_bit", "base3"}) == 1 ? StreamPacking::Base3 : StreamPacking::TwoBit;
    entry.finish();
    out.push_back(engine);
  }
  root.finish();
  if (out.empty()) throw InputError(fmt::format("{}:1: no configuration", path.string()));
  return out;
}

std::vector<MatrixGeometry> load_rtl_configs(const std::filesystem::path& path) {
  std::vector<MatrixGeometry> out;
  for (const EngineGeometry& engine : load_rtl_engines(path)) out.push_back(engine.unit);
  return out;
}

MatrixGeometry find_rtl_config(const std::filesystem::path& path, const std::string& name) {
  const std::vector<MatrixGeometry> all = load_rtl_configs(path);
  const auto it = std::ranges::find(all, name, &MatrixGeometry::name);
  if (it != all.end()) return *it;
  std::vector<std::string> names;
  for (const auto& g : all) names.push_back(g.name);
  const std::string near = nearest_name(name, names);
  throw InputError(fmt::format("{}: no RTL configuration '{}'{}; there are: {}", path.string(), name,
                               near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), fmt::join(names, ", ")));
}

std::vector<TileSpan> tiles_of(std::int64_t rows, std::int64_t tokens, const MatrixGeometry& geometry) {
  std::vector<TileSpan> out;
  for (std::int64_t row0 = 0; row0 < rows; row0 += geometry.rows)
    for (std::int64_t token0 = 0; token0 < tokens; token0 += geometry.slots)
      out.push_back({row0, std::min<std::int64_t>(geometry.rows, rows - row0), token0,
                     std::min<std::int64_t>(geometry.slots, tokens - token0)});
  return out;
}

std::int64_t beats_of(const TileSpan& tile, std::int64_t cols, const MatrixGeometry& geometry) {
  return geometry.column_blocks(cols) * tile.tokens;
}

}  // namespace ternsim::sim
