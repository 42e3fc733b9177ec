#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/shape.h"

namespace ternsim::model {

enum class OpKind {
  Embedding,
  RmsNorm,  ///< or LayerNorm: the shape's norm_kind says which
  Quantise,
  BitLinear,
  Rope,
  Attention,
  FfnActivation,
  Residual,
  LmHead,
  Router,  ///< of a mixture of experts: probabilities, and which experts each token goes to
  Combine  ///< one expert's output, weighted, joins those of the ranks before
};
std::string_view name_of(OpKind kind);

/// Named values that flow between operators; each is a (tokens, width) array.
enum class Slot {
  None,
  Residual,
  Normed,
  Quantised,
  Query,
  Key,
  Value,
  Mixed,
  Gate,
  Up,
  Hidden,
  Delta,
  Logits,
  Routed,          ///< (tokens, experts), probabilities
  Combined,        ///< (tokens, embedding), weighted sum of the experts so far
  ExpertQuantised  ///< in front of an expert's ffn_down, while Quantised keeps what all experts read
};
inline constexpr std::size_t kSlots = static_cast<std::size_t>(Slot::ExpertQuantised) + 1;

/// How a Quantise operator turns floats into int8; model/activation_schemes.h has the formulas.
enum class Quantiser { AbsmaxInt8, AbsmeanInt4, HalfAbsmaxInt8, HadamardAbsmeanInt4 };

/// One operator of a forward pass. `rows` x `cols` is its weight shape where it has one; otherwise `cols` is the width
/// of the vector that it works on, per token.
struct Op {
  OpKind kind;
  int layer = -1;    ///< -1 outside of the blocks
  std::string name;  ///< "blk.3.attn_q", "output_norm", ...: the GGUF tensor's name without ".weight" where it has one
  Slot input = Slot::None;
  Slot output = Slot::None;
  std::int64_t rows = 0;                        ///< outputs
  std::int64_t cols = 0;                        ///< inputs
  Quantiser quantiser = Quantiser::AbsmaxInt8;  ///< of a Quantise operator
  int rank = -1;  ///< of an expert's operator: 0 for each token's most probable expert; else -1
};

/// The operators of one forward pass in order of execution. Reference, mapper and operation counter walk this one list.
///
/// Per block: attn_norm, quantise, attn_q, attn_k, attn_v, rope, attention, attn_sub_norm, quantise, attn_output,
/// residual, ffn_norm, quantise, ffn_gate, ffn_up, ffn_activation, ffn_sub_norm, quantise, ffn_down, residual. Around
/// them: embedding, output_norm, lm_head (arXiv 2504.12285, section 2). A shape without sub-norms has no *_sub_norm.
///
/// With experts, ffn_quantise is followed by ffn_router and, for each rank r below expert_used_count, by
/// ffn_gate_rank<r>, ffn_up_rank<r>, ffn_activation_rank<r>, ffn_sub_norm_rank<r>, ffn_down_quantise_rank<r>,
/// ffn_down_rank<r> and ffn_combine_rank<r>: rank 0 is each token's most probable expert.
struct Graph {
  ModelShape shape;
  std::vector<Op> ops;

  static Graph build(const ModelShape& shape);
  /// Ternary weights of all BitLinears that one token uses; also its lane-adds. All weights of the model unless it has
  /// experts that the token is not sent to.
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
  std::uint64_t router_macs = 0;      ///< experts x embedding, of mixtures of experts
  std::uint64_t vector_elements = 0;  ///< elements of norms, RoPE, activation, residual, quantise, softmax, combine
};
OperationCounts count_operations(const Graph& graph, const Pass& pass);

}  // namespace ternsim::model
