#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/yaml.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::sim {

/// How the matrix unit computes; sim/datapaths/ has the model of each.
enum class DatapathKind {
  AdderTree,  ///< ternary codes select +a, 0 or -a into a binary adder tree: no multiplier
  ZeroSkip,   ///< only non-zero weights take a lane's cycle
  Lut,        ///< sums of groups of activations looked up in tables that are built once per group
  BitSerial,  ///< one bit of every activation a cycle
  Int8Mac,    ///< baseline: INT8 multiply, INT32 add
  Fp16Mac,    ///< baseline: FP16 multiply and FP16 add per weight, FP16 activations
  W4A16Mac    ///< baseline: 4-bit group-quantised weights, dequantised to FP16, FP16 MAC (GPTQ, AWQ, Q4_K files)
};
std::string_view name_of(DatapathKind kind);

/// How weights of linear layers stand in DRAM and in the weight SRAM.
enum class WeightPacking {
  TwoBit,     ///< 2-bit codes
  Base3,      ///< 5 trits a byte, 1.6 bits; a decoder stands between SRAM and array
  Int8,       ///< a byte a weight
  Fp16,       ///< two bytes a weight
  Int4Groups  ///< 4 bits a weight, and per group of `group_size` an FP16 scale and a 4-bit zero point
};
std::string_view name_of(WeightPacking packing);

/// What stays in the array while the rest passes by.
enum class Dataflow {
  /// rows x slots sums stay in the accumulators for all of K; the weights of a beat are held for `slots` tokens and
  /// read again from the SRAM for the next `slots`.
  OutputStationary,
  /// A beat's weights are held for all tokens of the block and read once; partial sums go to the accumulator SRAM and
  /// back with every beat.
  WeightStationary,
  /// Lut alone: the tables of a beat stay for all rows of the block; sums go to the accumulator SRAM and back with
  /// every
  /// beat, and weights are read for every token.
  TableStationary
};
std::string_view name_of(Dataflow dataflow);

struct MatrixUnitConfig {
  DatapathKind datapath = DatapathKind::AdderTree;
  std::string rtl_config;  ///< the RTL configuration with these very parameters; empty where there is no RTL
  MatrixGeometry geometry;
  Dataflow dataflow = Dataflow::OutputStationary;
  WeightPacking packing = WeightPacking::TwoBit;
  int group_size = 128;               ///< Int4Groups: weights that share a scale
  int decoder_weights_per_cycle = 0;  ///< Base3: trits decoded a cycle; 0 elsewhere
  int activation_bits = 8;
  bool zero_gating = false;     ///< an add with an operand known to be zero from the weight codes does not toggle
  bool skip_zero_rows = false;  ///< rows whose weights are all zero are neither stored nor computed
  bool gather_inputs = false;   ///< single tokens: zero activations are left out before they take a lane
  int skip_window = 0;          ///< ZeroSkip: weights of a row among which non-zero ones fill the lanes
  int lut_group = 0;            ///< Lut: activations that share a table of 3^group sums
  int lut_build_adders = 0;     ///< Lut: additions a cycle that build each table
  int sum_bits = 16;            ///< Fp16Mac, W4A16Mac: products are summed up in FP16 or FP32

  bool ternary() const { return datapath < DatapathKind::Int8Mac; }
  /// int32 sums that are equal to the reference's, bit by bit.
  bool exact() const { return datapath <= DatapathKind::Int8Mac; }
  /// Bytes of `cols` weights of one row, in DRAM and in the weight SRAM; a row begins on a byte.
  std::int64_t packed_bytes(std::int64_t cols) const;
  /// Average bits of a weight.
  double weight_bits() const;
  /// Width of one read of the weight SRAM: the packed weights of one beat of all rows.
  int weight_port_bits() const {
    return static_cast<int>(std::int64_t{8} * geometry.rows * packed_bytes(geometry.lanes));
  }
};

/// The `matrix_unit` section of an accelerator file. When it names an `rtl_config`, the geometry must equal that of
/// `rtl_configs` (the path of rtl/configs.yaml). Throws InputError.
MatrixUnitConfig read_matrix_unit(YamlMap map, const std::filesystem::path& rtl_configs);

}  // namespace ternsim::sim
