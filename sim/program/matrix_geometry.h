#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ternsim::sim {

/// The shape of a ternary matrix unit: what the RTL's parameters are and what its timing follows from.
///
/// Contract of the unit, shared by the SystemC model and the RTL:
///  - A *beat* carries `lanes` int8 activations, shared by `rows` rows, and optionally rows x lanes 2-bit weight codes.
///    A beat with codes loads them into the weight register and uses them in the same cycle; a beat without uses the
///    register. One beat is accepted per cycle unless the output stalls.
///  - Each row sums its lanes in a binary adder tree with a pipeline register after every `tree_levels_per_stage`
///    levels and adds the tree's sum to accumulator [row][slot]; a beat marked `first` overwrites it, one marked `last`
///    also emits all rows' sums of that slot.
///  - A *tile* is up to `rows` rows x all of K x up to `slots` tokens: for each K-beat, the codes are loaded with token
///    0 and held for the others. It takes ceil(K / lanes) * tokens beats.
///  - `latency()` cycles pass from the edge that accepts a beat to the cycle in which its result is valid:
///    1 input register + ceil(log2(lanes) / tree_levels_per_stage) tree stages + 1 accumulator register.
struct MatrixGeometry {
  std::string name;  ///< of the RTL configuration
  int rows = 0;
  int lanes = 0;  ///< a power of two
  int slots = 1;  ///< accumulators per row: tokens that share one weight load
  int tree_levels_per_stage = 1;
  int accumulator_bits = 32;

  int tree_levels() const;  ///< log2(lanes)
  int tree_stages() const;  ///< ceil(tree_levels / tree_levels_per_stage)
  int latency() const { return 1 + tree_stages() + 1; }
  /// Beats that a row of so many weights takes for one token: ceil(cols / lanes).
  std::int64_t column_blocks(std::int64_t cols) const { return (cols + lanes - 1) / lanes; }
  /// Tiles that a matrix of so many rows takes: ceil(matrix_rows / rows).
  std::int64_t row_tiles(std::int64_t matrix_rows) const { return (matrix_rows + rows - 1) / rows; }
  /// Bits of a lane's value: +a, 0 or -a of an int8 activation; -(-128) takes a ninth.
  static constexpr int kLaneBits = 9;
  /// Bits of a tree adder's result at `level` (0 = the leaves' adders): one more than its inputs.
  static int adder_bits(int level) { return kLaneBits + 1 + level; }
  /// The longest row whose sum cannot overflow an accumulator: 128 K < 2^(accumulator_bits - 1).
  std::int64_t max_cols() const { return ((std::int64_t{1} << (accumulator_bits - 1)) - 1) / 128; }
};

/// How a transfer of the engine's weight stream carries the rows x lanes codes of a column block.
enum class StreamPacking {
  TwoBit,  ///< two bits a code
  Base3,   ///< five codes a byte, numbered as in kernels/base3_packing.h
};

/// The RTL's ternary_engine: a matrix unit behind double buffers and a queue of commands.
///
/// Contract: a command takes `beats` of its tiles; the engine issues one a cycle while no stream stalls, across tiles
/// and across queued commands, so that commands of B beats in all keep it busy for `cycles(B)`: the decoder of the
/// weight stream where there is one, one cycle to take in the first operands, one to read them, and the unit's latency,
/// once.
///
/// With the packing `Base3` a decoder of one register stands in front of the weight buffer. It takes a transfer in a
/// cycle in which `run` is set, the weight loader has a command whose last transfer has not reached the buffer, and the
/// decoder is empty or the buffer takes what it holds; the buffer can take the transfer one cycle later at the
/// earliest. Everything behind the decoder is as with `TwoBit`.
struct EngineGeometry {
  MatrixGeometry unit;
  int weight_depth = 0;      ///< column blocks that one of the two weight banks holds; a power of two
  int activation_depth = 0;  ///< beats of activations (tokens x column blocks) of one of the two banks; a power of two
  int queue_depth = 0;       ///< commands; a power of two
  StreamPacking weight_packing = StreamPacking::TwoBit;

  /// Bits of a transfer of the weight stream: two a code, or eight for five codes, rounded up to whole bytes.
  std::int64_t weight_transfer_bits() const;
  /// The same in bytes, rounded up.
  std::int64_t weight_transfer_bytes() const { return (weight_transfer_bits() + 7) / 8; }
  /// Cycles from the weight stream to the weight buffer: the register of the decoder, or none.
  int decode_cycles() const { return weight_packing == StreamPacking::Base3 ? 1 : 0; }
  /// The longest row that a command may have: what a bank holds and what cannot overflow an accumulator.
  std::int64_t max_cols() const;
  /// The most tokens that a command of that many columns may have.
  std::int64_t max_tokens(std::int64_t cols) const;
  /// ceil(rows / unit.rows) * ceil(cols / unit.lanes) * tokens.
  std::int64_t beats(std::int64_t rows, std::int64_t cols, std::int64_t tokens) const;
  /// Busy cycles of commands of that many beats in all, queued before the first runs, without stalls.
  std::int64_t cycles(std::int64_t beats) const { return beats + unit.latency() + 2 + decode_cycles(); }
};

/// Reads `rtl/configs.yaml`: a map from name to every parameter. Throws InputError.
std::vector<EngineGeometry> load_rtl_engines(const std::filesystem::path& path);
/// The matrix units of those engines.
std::vector<MatrixGeometry> load_rtl_configs(const std::filesystem::path& path);
/// The configuration of that name; an unknown one is an InputError that lists the names and the nearest.
MatrixGeometry find_rtl_config(const std::filesystem::path& path, const std::string& name);

/// One tile of a matmul.
struct TileSpan {
  std::int64_t row0, rows;  ///< output rows
  std::int64_t token0, tokens;
};
/// The tiles of a (rows x cols) x tokens product on this geometry, row tiles outermost, in order of execution.
std::vector<TileSpan> tiles_of(std::int64_t rows, std::int64_t tokens, const MatrixGeometry& geometry);
/// Beats of one tile: ceil(cols / lanes) * tokens.
std::int64_t beats_of(const TileSpan& tile, std::int64_t cols, const MatrixGeometry& geometry);

}  // namespace ternsim::sim
