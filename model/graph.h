#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/shape.h"

namespace ternsim::model {

enum class OpKind { Embedding, RmsNorm, Quantise, BitLinear, Rope, Attention, FfnActivation, Residual, LmHead };
std::string_view name_of(OpKind kind);

/// Named values that flow between operators; each is a (tokens, width) array.
enum class Slot { None, Residual, Normed, Quantised, Query, Key, Value, Mixed, Gate, Up, Hidden, Delta, Logits };

/// One operator of a forward pass. `rows` x `cols` is its weight shape where it has one; otherwise `cols` is the width
/// of the vector that it works on, per token.
struct Op {
  OpKind kind;
  int layer = -1;    ///< -1 outside of the blocks
  std::string name;  ///< "blk.3.attn_q", "output_norm", ...: the GGUF tensor's name without ".weight" where it has one
  Slot input = Slot::None;
  Slot output = Slot::None;
  std::int64_t rows = 0;  ///< outputs
  std::int64_t cols = 0;  ///< inputs
};

/// The operators of one forward pass in order of execution. Reference, mapper and operation counter walk this one list.
///
/// Per block: attn_norm, quantise, attn_q, attn_k, attn_v, rope, attention, attn_sub_norm, quantise, attn_output,
/// residual, ffn_norm, quantise, ffn_gate, ffn_up, ffn_activation, ffn_sub_norm, quantise, ffn_down, residual. Around
/// them: embedding, output_norm, lm_head (arXiv 2504.12285, section 2).
struct Graph {
  ModelShape shape;
  std::vector<Op> ops;

  static Graph build(const ModelShape& shape);
  /// Ternary weights of all BitLinears; also the lane-adds of one token.
  std::int64_t ternary_weights() const;
};

/// One pass over the graph: `tokens` new positions of each of `batch` sequences that already hold `context` positions.
/// Logits are computed for the last position of each sequence.
struct Pass {
  std::int64_t tokens = 1;
  std::int64_t context = 0;
  std::int64_t batch = 1;
};

/// Operations of one pass, counted on the graph alone.
struct OperationCounts {
  std::uint64_t ternary_adds = 0;    ///< one per ternary weight and token, zero weights included
  std::uint64_t attention_macs = 0;  ///< query x key and probability x value, causal
  std::uint64_t head_macs = 0;
  std::uint64_t vector_elements = 0;  ///< elements of norms, RoPE, activation, residual, quantise, softmax
};
OperationCounts count_operations(const Graph& graph, const Pass& pass);

}  // namespace ternsim::model
