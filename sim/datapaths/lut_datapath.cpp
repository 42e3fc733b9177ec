#include <algorithm>
#include <bit>
#include <vector>

#include "sim/datapaths/beats.h"
#include "sim/datapaths/bodies.h"
#include "sim/datapaths/dense_datapath.h"
#include "sim/datapaths/tree_operands.h"

namespace ternsim::sim {

namespace {

using energy::Action;
using energy::Part;

/// Sums of groups of `lut_group` activations are looked up. A table holds the (3^g - 1) / 2 sums of g activations with
/// signs +, 0, - whose last non-zero sign is +; the others are their negatives. Weights w_0 ... w_(g-1) are the number
/// sum w_i 3^i, whose magnitude is the entry and whose sign the lookup's. A table takes entries - g additions, since
/// each but the activations themselves is one activation plus or minus an earlier entry.
///
/// Loop order (table_stationary): tokens, beats of K, row tiles. The tables of a beat serve all row tiles of the chunk
/// while the next beat's are built, side by side in all groups; so sums go to the accumulator SRAM and back with every
/// beat, and weights are read for every token. With
///
///     use   = sum over row tiles of max(1, decode cycles)        build = max(1, ceil((entries - g) /
///     lut_build_adders)) cycles = build + tokens * (beats - 1) * max(use, build, latency) + (tokens - 1) * max(use,
///     build) + use
///
/// The last group of a beat is smaller where g does not divide the lanes.
class LutDatapath final : public Datapath {
 public:
  explicit LutDatapath(const MatrixUnitConfig& config) : Datapath(config) {
    for (int lane = 0; lane < config.geometry.lanes; lane += config.lut_group)
      groups_.push_back(std::min(config.lut_group, config.geometry.lanes - lane));
  }

  /// One register in front of the tables, one behind the lookup, the tree over the groups, the accumulator.
  int latency() const override {
    const int per_stage = config_.geometry.tree_levels_per_stage;
    return 3 + (tree_levels() + per_stage - 1) / per_stage;
  }

  std::int64_t cycles(const MatmulWork& work) override {
    const MatrixGeometry& g = config_.geometry;
    const RowTiles tiles = row_tiles_of(work.rows, g);
    const auto one = [&](std::int64_t rows) {
      return rows == 0 ? 0 : std::max<std::int64_t>(1, decode_cycles(rows * g.lanes, config_));
    };
    const std::int64_t use = tiles.full * one(g.rows) + one(tiles.tail_rows);
    const std::int64_t build =
        std::max<std::int64_t>(1, ceil_div(entries_of(groups_.front()) - groups_.front(), config_.lut_build_adders));
    const std::int64_t k_beats = k_beats_of(work, config_);
    const std::int64_t step = std::max(use, build);
    return build + work.tokens * (k_beats - 1) * std::max<std::int64_t>(step, latency()) + (work.tokens - 1) * step +
           use;
  }

  void count(const MatmulWork& work, int accumulator_port_bits, energy::ActionCounts& counts) override {
    const std::int64_t k_beats = k_beats_of(work, config_);
    const auto builds = static_cast<std::uint64_t>(k_beats * work.tokens);
    const std::uint64_t row_beats = builds * static_cast<std::uint64_t>(work.rows);
    for_each_size([&](int g, std::uint64_t tables) {
      const auto entries = static_cast<std::uint64_t>(entries_of(g));
      const int bits = entry_bits(g);
      counts.add(Part::Matrix, Action::IntAdd, bits, tables * builds * (entries - static_cast<std::uint64_t>(g)));
      counts.add(Part::Matrix, Action::RegisterWrite, bits,
                 tables * builds * entries * static_cast<std::uint64_t>(bits));
      counts.add(Part::Matrix, Action::IntMux, bits, tables * row_beats * entries);
      counts.add(Part::Matrix, Action::IntNegate, bits + 1, tables * row_beats);
    });
    for_each_adder(
        [&](int width, std::uint64_t adders) { counts.add(Part::Matrix, Action::IntAdd, width, row_beats * adders); });
    count_weights(work, k_beats, config_.geometry.lanes, work.tokens, config_, counts);
    const int bits = config_.geometry.lanes * (config_.activation_bits + (gathers(work, config_) ? kColumnBits : 0));
    counts.add(Part::ActivationSram, Action::SramRead, bits, builds * static_cast<std::uint64_t>(bits));
    count_sums(work, k_beats, accumulator_port_bits, counts);
  }

  std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                           std::span<std::int32_t> sums) override {
    constexpr std::int64_t kRowsAtOnce = 256;  // bounds the memory of their table indices
    TreeOperands operands(work, activations, config_.geometry.lanes, gathers(work, config_));
    for (std::int64_t row = work.row0; row < work.row0 + work.rows; row += kRowsAtOnce)
      accumulate_rows(work, row, std::min(kRowsAtOnce, work.row0 + work.rows - row), operands, sums);
    return static_cast<std::uint64_t>(work.rows * work.cols * work.tokens);
  }

  void add_inventory(energy::Inventory& inventory) const override {
    const auto rows = static_cast<std::uint64_t>(config_.geometry.rows);
    const auto add = [&](Action action, int width, std::uint64_t n) {
      inventory.operators[{Part::Matrix, action, width}] += n;
    };
    for_each_size([&](int g, std::uint64_t tables) {
      const auto entries = static_cast<std::uint64_t>(entries_of(g));
      const int bits = entry_bits(g);
      add(Action::IntAdd, bits, tables * static_cast<std::uint64_t>(config_.lut_build_adders));
      add(Action::RegisterWrite, bits, 2 * tables * entries * static_cast<std::uint64_t>(bits));  // double buffer
      add(Action::IntMux, bits, rows * tables * entries);
      add(Action::IntNegate, bits + 1, rows * tables);
    });
    for_each_adder([&](int width, std::uint64_t adders) { add(Action::IntAdd, width, rows * adders); });
    add_decoders(config_, inventory);
  }

 private:
  static std::int64_t entries_of(int g) {
    std::int64_t all = 1;
    for (int i = 0; i < g; ++i) all *= 3;
    return (all - 1) / 2;
  }
  /// Sums of g int8 values, the leading one with sign +: -128 g ... 128 g - 1.
  static int entry_bits(int g) { return 8 + static_cast<int>(std::bit_width(static_cast<unsigned>(g - 1))); }
  int tree_levels() const { return static_cast<int>(std::bit_width(groups_.size() - 1)); }

  /// (activations of a table, how many tables of that size a beat has)
  template <typename Use>
  void for_each_size(Use use) const {
    const auto whole = static_cast<std::uint64_t>(config_.geometry.lanes / config_.lut_group);
    if (whole > 0) use(config_.lut_group, whole);
    if (const int rest = config_.geometry.lanes % config_.lut_group; rest > 0) use(rest, 1);
  }

  /// The tree over the looked-up values of a row, and its accumulator: (width, how many). Of an odd number of values
  /// one waits for the next level.
  template <typename Add>
  void for_each_adder(Add add) const {
    int width = entry_bits(groups_.front()) + 1;
    for (std::size_t values = groups_.size(); values > 1; values = (values + 1) / 2) add(++width, values / 2);
    add(config_.geometry.accumulator_bits, 1);
  }

  void build_table(const std::int8_t* inputs, int g, std::int32_t* table) const {
    table[0] = 0;
    std::int64_t filled = 0;
    for (int i = 0; i < g; ++i) {
      const std::int64_t power = 2 * filled + 1;  // 3^i
      table[power] = inputs[i];
      for (std::int64_t e = 1; e <= filled; ++e) {
        table[power + e] = inputs[i] + table[e];
        table[power - e] = inputs[i] - table[e];
      }
      filled += power;
    }
  }

  void accumulate_rows(const MatmulWork& work, std::int64_t row0, std::int64_t rows, TreeOperands& operands,
                       std::span<std::int32_t> sums) const {
    const std::size_t groups = groups_.size();
    const auto k_beats = static_cast<std::size_t>(operands.beats());
    std::vector<std::int16_t> index;  // (row, beat, group): the lookup, negative for the table's negative
    for (std::int64_t r = row0; r < row0 + rows; ++r) {
      const std::int8_t* weights = operands.row(r);
      for (std::size_t i = 0; i < k_beats * groups; ++i) {
        const int g = groups_[i % groups];
        int number = 0;
        for (int k = g - 1; k >= 0; --k) number = 3 * number + weights[k];
        weights += g;
        index.push_back(static_cast<std::int16_t>(number));
      }
    }
    const auto table_size = static_cast<std::size_t>(entries_of(groups_.front()) + 1);
    std::vector<std::int32_t> tables(groups * table_size);
    std::vector<std::int32_t> nodes(groups);
    for (std::int64_t t = 0; t < work.tokens; ++t) {
      const std::int8_t* inputs = operands.inputs(t);
      for (std::size_t b = 0; b < k_beats; ++b) {
        for (std::size_t i = 0; i < groups; inputs += groups_[i], ++i)
          build_table(inputs, groups_[i], tables.data() + i * table_size);
        for (std::int64_t r = 0; r < rows; ++r) {
          const std::int16_t* at = index.data() + (static_cast<std::size_t>(r) * k_beats + b) * groups;
          for (std::size_t i = 0; i < groups; ++i) {
            const std::int32_t* table = tables.data() + i * table_size;
            nodes[i] = at[i] < 0 ? -table[-at[i]] : table[at[i]];
          }
          for (std::size_t values = groups; values > 1; values = (values + 1) / 2)
            for (std::size_t i = 0; i < values / 2; ++i) nodes[i] += nodes[values - 1 - i];
          sums[static_cast<std::size_t>(t * work.weights->rows() + work.matrix_row(row0 + r))] += nodes[0];
        }
      }
    }
  }

  std::vector<int> groups_;  ///< activations of each table of a beat
};

}  // namespace

std::unique_ptr<Datapath> make_lut(const MatrixUnitConfig& config) { return std::make_unique<LutDatapath>(config); }

}  // namespace ternsim::sim
