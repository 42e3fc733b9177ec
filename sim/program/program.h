#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph.h"

namespace ternsim::sim {

/// The units that execute commands; the sequencer issues them.
enum class Unit : std::uint8_t { Dma, Matrix, Vector, Attention, LmHead };
constexpr std::size_t kUnits = 5;
std::string_view name_of(Unit unit);

enum class CommandKind : std::uint8_t {
  LoadEmbedding,  ///< DMA: embedding rows of the pass's tokens -> accumulator SRAM
  LoadWeights,    ///< DMA: one chunk of a weight matrix -> one bank of the weight SRAM
  LoadKv,         ///< DMA: cached keys and values of one layer -> one bank of the key-value SRAM
  StoreKv,        ///< DMA: new keys and values of one layer -> DRAM
  MatmulChunk,    ///< matrix unit: rows of one BitLinear x all tokens of the block
  Dequantise,     ///< vector unit: int32 sums -> float32
  VectorOp,       ///< vector unit: the graph operator that `op` names
  Attend,         ///< attention unit: scores, softmax, mix of one layer over some positions
  HeadChunk       ///< LM-head unit: rows of the LM head, or of a router, x tokens
};
constexpr std::size_t kCommandKinds = 9;
std::string_view name_of(CommandKind kind);

/// One command of the accelerator. A command starts when its unit reaches it and all commands that it waits for are
/// done.
struct Command {
  static constexpr std::int32_t kNone = -1;

  Unit unit = Unit::Dma;
  CommandKind kind = CommandKind::VectorOp;
  std::int32_t op = 0;                                            ///< index into Graph::ops
  std::array<std::int32_t, 4> waits{kNone, kNone, kNone, kNone};  ///< earlier commands, by index
  std::uint64_t address = 0;                                      ///< DMA: first byte in DRAM
  std::int64_t bytes = 0;                                         ///< DMA: bytes moved
  std::int64_t row0 = 0;       ///< matrix, LM head: first output row, of those that are stored
  std::int64_t rows = 0;       ///< matrix, LM head: output rows; vector: width per token
  std::int64_t col0 = 0;       ///< matrix, LM head: first input of this part of K
  std::int64_t cols = 0;       ///< matrix, LM head: inputs of this part
  std::int64_t token0 = 0;     ///< first token of the pass that this command works on
  std::int64_t tokens = 0;     ///< tokens, all sequences of the batch together
  std::int32_t part = 0;       ///< of `parts` that make one result: parts of K, or of the attended positions
  std::int32_t parts = 1;      ///< what comes before the last part leaves partial sums in the accumulator SRAM
  std::int32_t expert = -1;    ///< of a mixture: counted from 0 over the experts that this pass uses
  bool linear = false;         ///< part of a BitLinear: its weights' load, quantise, product, dequantise
  bool resident = false;       ///< weights come from the on-chip store
  int activation_bits = 8;     ///< matrix: significant bits of the inputs
  double zero_inputs = 0;      ///< matrix: share of zeros among them, assumed
  std::int64_t positions = 0;  ///< attention: attended positions, summed over tokens and sequences
  std::int64_t kv_bytes = 0;   ///< attention: keys and values that it reads from the key-value SRAM, once each

  void wait_for(std::int32_t command);
};

/// The commands of one pass in the order in which the sequencer issues them.
struct Program {
  std::vector<Command> commands;
  std::int64_t token_block = 0;        ///< tokens of a sequence that go through the layers together
  std::int64_t resident_bytes = 0;     ///< weights in the on-chip store
  std::int64_t dram_weight_bytes = 0;  ///< weights in DRAM
  std::int64_t kv_bytes = 0;           ///< keys and values at the end of the workload
  std::int64_t load_bytes() const;
  std::int64_t store_bytes() const;
  /// Bytes of DRAM that any command loads or stores, each counted once: what no mapping of this pass moves less than.
  std::int64_t distinct_dram_bytes() const;
};

/// One line per command, for people and for comparison in tests.
std::string to_text(const Program& program, const model::Graph& graph);

}  // namespace ternsim::sim
