#include "model/graph.h"

#include <fmt/format.h>

#include "base/error.h"
#include "model/shape_limits.h"

namespace ternsim::model {

namespace {

void require(bool holds, const ModelShape& shape, const std::string& message) {
  if (!holds) throw InputError("model '" + shape.name + "': " + message);
}

void require_range(const ModelShape& shape, const char* what, std::int64_t value, std::int64_t min, std::int64_t max) {
  require(value >= min && value <= max, shape, fmt::format("{} is {}, must be {} to {}", what, value, min, max));
}

/// The limits of model/shape_limits.h, which keep every product of two sizes from overflowing.
void check(const ModelShape& s) {
  require_range(s, "vocab_size", s.vocab_size, 1, kMaxVocab);
  require_range(s, "context_length", s.context_length, 1, kMaxContext);
  require_range(s, "embedding_length", s.embedding_length, kMinWidth, kMaxWidth);
  require_range(s, "block_count", s.block_count, 1, kMaxBlocks);
  require_range(s, "feed_forward_length", s.feed_forward_length, kMinWidth, kMaxWidth);
  require_range(s, "head_count", s.head_count, 1, kMaxHeads);
  require_range(s, "head_count_kv", s.head_count_kv, 1, kMaxHeads);
  const std::string problem = shape_problem(s);
  require(problem.empty(), s, problem);
  require(s.norm_epsilon >= kMinNormEpsilon && s.norm_epsilon <= kMaxNormEpsilon, s,
          fmt::format("norm_epsilon is {}, must be {} to {}", s.norm_epsilon, kMinNormEpsilon, kMaxNormEpsilon));
  require(s.expert_count >= 0 && s.expert_count <= kMaxExperts, s,
          fmt::format("expert_count is {}, must be 0 (one dense network) to {}", s.expert_count, kMaxExperts));
  const std::int64_t fewest = s.expert_count > 0 ? 1 : 0;
  require_range(s, "expert_used_count", s.expert_used_count, fewest, s.expert_count);
  const std::string rope = rope_problem(s);
  require(rope.empty(), s, rope);
  require(s.rope_theta >= kMinRopeTheta && s.rope_theta <= kMaxRopeTheta, s,
          fmt::format("rope_theta is {}, must be {} to {}", s.rope_theta, kMinRopeTheta, kMaxRopeTheta));
}

std::uint64_t u64(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// Which quantiser the activation scheme has in front of which linears.
struct Quantisers {
  Quantiser normed;  ///< inputs of attn_q, attn_k, attn_v, ffn_gate, ffn_up
  Quantiser mixed;   ///< of attn_output
  Quantiser hidden;  ///< of ffn_down
};

Quantisers quantisers_of(ActivationScheme scheme) {
  switch (scheme) {
    case ActivationScheme::Absmax8:
      break;
    case ActivationScheme::A48:
      return {Quantiser::AbsmeanInt4, Quantiser::HalfAbsmaxInt8, Quantiser::AbsmaxInt8};
    case ActivationScheme::HadamardInt4:
      return {Quantiser::AbsmeanInt4, Quantiser::HadamardAbsmeanInt4, Quantiser::HadamardAbsmeanInt4};
  }
  return {Quantiser::AbsmaxInt8, Quantiser::AbsmaxInt8, Quantiser::AbsmaxInt8};
}

class Builder {
 public:
  explicit Builder(const ModelShape& shape) : graph_{shape, {}}, quantisers_(quantisers_of(shape.activation_scheme)) {}

  Graph build() {
    const ModelShape& shape = graph_.shape;
    const std::int64_t width = shape.embedding_length;
    add(OpKind::Embedding, "token_embd", Slot::None, Slot::Residual, shape.vocab_size, width);
    for (layer_ = 0; layer_ < static_cast<int>(shape.block_count); ++layer_) {
      add_attention();
      add_norm("ffn_norm", Slot::Residual, width);
      add_quantise("ffn_quantise", Slot::Normed, Slot::Quantised, width, quantisers_.normed);
      if (shape.expert_count > 0) {
        add_experts();
      } else {
        add_ffn();
        add(OpKind::Residual, "ffn_residual", Slot::Delta, Slot::Residual, 0, width);
      }
    }
    layer_ = -1;
    add_norm("output_norm", Slot::Residual, width);
    add(OpKind::LmHead, "lm_head", Slot::Normed, Slot::Logits, shape.vocab_size, width);
    return std::move(graph_);
  }

 private:
  Op& add(OpKind kind, const std::string& role, Slot input, Slot output, std::int64_t rows, std::int64_t cols) {
    std::string name = layer_ < 0 ? role : "blk." + std::to_string(layer_) + "." + role;
    if (rank_ >= 0) name += "_rank" + std::to_string(rank_);
    Op op{kind, layer_, std::move(name), input, output, rows, cols};
    op.rank = rank_;
    graph_.ops.push_back(std::move(op));
    return graph_.ops.back();
  }
  void add_norm(const char* role, Slot input, std::int64_t cols) {
    add(OpKind::RmsNorm, role, input, Slot::Normed, 0, cols);
  }
  void add_quantise(const char* role, Slot input, Slot output, std::int64_t cols, Quantiser quantiser) {
    add(OpKind::Quantise, role, input, output, 0, cols).quantiser = quantiser;
  }
  void add_linear(const char* role, Slot input, Slot output, std::int64_t rows, std::int64_t cols) {
    add(OpKind::BitLinear, role, input, output, rows, cols);
  }
  /// The sub-norm, where the shape has them, and the quantiser of `input`.
  void add_sub_norm(const char* norm, const char* quantise, Slot input, Slot output, std::int64_t cols,
                    Quantiser quantiser) {
    if (graph_.shape.sub_norms) add_norm(norm, input, cols);
    add_quantise(quantise, graph_.shape.sub_norms ? Slot::Normed : input, output, cols, quantiser);
  }

  void add_attention() {
    const std::int64_t width = graph_.shape.embedding_length;
    const std::int64_t q = graph_.shape.q_length();
    const std::int64_t kv = graph_.shape.kv_length();
    add_norm("attn_norm", Slot::Residual, width);
    add_quantise("attn_quantise", Slot::Normed, Slot::Quantised, width, quantisers_.normed);
    add_linear("attn_q", Slot::Quantised, Slot::Query, q, width);
    add_linear("attn_k", Slot::Quantised, Slot::Key, kv, width);
    add_linear("attn_v", Slot::Quantised, Slot::Value, kv, width);
    // Turns Query and Key, each in place; its width is that of both.
    add(OpKind::Rope, "rope", Slot::Query, Slot::Query, 0, q + kv);
    // Reads Key and Value too, of these and of earlier positions.
    add(OpKind::Attention, "attention", Slot::Query, Slot::Mixed, 0, q);
    add_sub_norm("attn_sub_norm", "attn_output_quantise", Slot::Mixed, Slot::Quantised, q, quantisers_.mixed);
    add_linear("attn_output", Slot::Quantised, Slot::Delta, width, q);
    add(OpKind::Residual, "attn_residual", Slot::Delta, Slot::Residual, 0, width);
  }

  /// Of the dense network, or of the expert of the running rank.
  void add_ffn() {
    const std::int64_t width = graph_.shape.embedding_length;
    const std::int64_t ffn = graph_.shape.feed_forward_length;
    add_linear("ffn_gate", Slot::Quantised, Slot::Gate, ffn, width);
    add_linear("ffn_up", Slot::Quantised, Slot::Up, ffn, width);
    // Reads Up too.
    add(OpKind::FfnActivation, "ffn_activation", Slot::Gate, Slot::Hidden, 0, ffn);
    const Slot quantised = rank_ < 0 ? Slot::Quantised : Slot::ExpertQuantised;
    add_sub_norm("ffn_sub_norm", "ffn_down_quantise", Slot::Hidden, quantised, ffn, quantisers_.hidden);
    add_linear("ffn_down", quantised, Slot::Delta, width, ffn);
  }

  void add_experts() {
    const ModelShape& shape = graph_.shape;
    const std::int64_t width = shape.embedding_length;
    add(OpKind::Router, "ffn_router", Slot::Normed, Slot::Routed, shape.expert_count, width);
    for (rank_ = 0; rank_ < static_cast<int>(shape.expert_used_count); ++rank_) {
      add_ffn();
      add(OpKind::Combine, "ffn_combine", Slot::Delta, Slot::Combined, 0, width);
    }
    rank_ = -1;
    add(OpKind::Residual, "ffn_residual", Slot::Combined, Slot::Residual, 0, width);
  }

  Graph graph_;
  Quantisers quantisers_;
  int layer_ = -1;
  int rank_ = -1;
};

}  // namespace

std::string_view name_of(OpKind kind) {
  switch (kind) {
    case OpKind::Embedding:
      return "embedding";
    case OpKind::RmsNorm:
      return "rms_norm";
    case OpKind::Quantise:
      return "quantise";
    case OpKind::BitLinear:
      return "bit_linear";
    case OpKind::Rope:
      return "rope";
    case OpKind::Attention:
      return "attention";
    case OpKind::FfnActivation:
      return "ffn_activation";
    case OpKind::Residual:
      return "residual";
    case OpKind::LmHead:
      return "lm_head";
    case OpKind::Router:
      return "router";
    case OpKind::Combine:
      return "combine";
  }
  return "unknown";
}

Graph Graph::build(const ModelShape& shape) {
  check(shape);
  return Builder(shape).build();
}

std::int64_t Graph::ternary_weights() const {
  std::int64_t weights = 0;
  for (const Op& op : ops) {
    if (op.kind == OpKind::BitLinear) weights += op.rows * op.cols;
  }
  return weights;
}

OperationCounts count_operations(const Graph& graph, const Pass& pass) {
  constexpr std::int64_t kMax = std::int64_t{1} << 20;
  const auto in_range = [](std::int64_t value, std::int64_t min) { return value >= min && value <= kMax; };
  if (!in_range(pass.tokens, 1) || !in_range(pass.context, 0) || !in_range(pass.batch, 1)) {
    throw RequestError("pass of " + std::to_string(pass.tokens) + " tokens after " + std::to_string(pass.context) +
                       " in " + std::to_string(pass.batch) + " sequences: tokens and batch must be 1 to " +
                       std::to_string(kMax) + ", context 0 to " + std::to_string(kMax));
  }
  const ModelShape& shape = graph.shape;
  const std::uint64_t batch = u64(pass.batch);
  const std::uint64_t rows = u64(pass.tokens) * batch;
  // Token t attends to context + t + 1 positions.
  const std::uint64_t attended =
      batch * (u64(pass.tokens) * u64(pass.context) + u64(pass.tokens) * (u64(pass.tokens) + 1) / 2);

  OperationCounts counts;
  for (const Op& op : graph.ops) {
    const std::uint64_t width = u64(op.cols);
    switch (op.kind) {
      case OpKind::Embedding:
        break;
      case OpKind::BitLinear:
        counts.ternary_adds += rows * u64(op.rows) * width;
        break;
      case OpKind::Attention:
        counts.attention_macs += attended * 2 * u64(shape.q_length());
        counts.vector_elements += attended * u64(shape.head_count);
        break;
      case OpKind::Router:
        counts.router_macs += rows * u64(op.rows) * width;
        break;
      case OpKind::LmHead:
        counts.head_macs += batch * u64(op.rows) * width;
        break;
      case OpKind::RmsNorm:
        // The norm in front of the LM head is needed where the logits are: at the last position.
        counts.vector_elements += (op.layer < 0 ? batch : rows) * width;
        break;
      case OpKind::Quantise:
      case OpKind::Rope:
      case OpKind::FfnActivation:
      case OpKind::Residual:
      case OpKind::Combine:
        counts.vector_elements += rows * width;
        break;
    }
  }
  return counts;
}

}  // namespace ternsim::model
