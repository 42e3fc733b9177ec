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
  require(s.rope_theta >= kMinRopeTheta && s.rope_theta <= kMaxRopeTheta, s,
          fmt::format("rope_theta is {}, must be {} to {}", s.rope_theta, kMinRopeTheta, kMaxRopeTheta));
}

std::uint64_t u64(std::int64_t value) { return static_cast<std::uint64_t>(value); }

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
  }
  return "unknown";
}

Graph Graph::build(const ModelShape& shape) {
  check(shape);
  Graph graph{shape, {}};
  const std::int64_t width = shape.embedding_length;
  const std::int64_t q = shape.q_length();
  const std::int64_t kv = shape.kv_length();
  const std::int64_t ffn = shape.feed_forward_length;
  const auto add = [&](OpKind kind, int layer, const char* name, Slot input, Slot output, std::int64_t rows,
                       std::int64_t cols) {
    const std::string prefix = layer < 0 ? "" : "blk." + std::to_string(layer) + ".";
    graph.ops.push_back({kind, layer, prefix + name, input, output, rows, cols});
  };

  add(OpKind::Embedding, -1, "token_embd", Slot::None, Slot::Residual, shape.vocab_size, width);
  for (int l = 0; l < static_cast<int>(shape.block_count); ++l) {
    add(OpKind::RmsNorm, l, "attn_norm", Slot::Residual, Slot::Normed, 0, width);
    add(OpKind::Quantise, l, "attn_quantise", Slot::Normed, Slot::Quantised, 0, width);
    add(OpKind::BitLinear, l, "attn_q", Slot::Quantised, Slot::Query, q, width);
    add(OpKind::BitLinear, l, "attn_k", Slot::Quantised, Slot::Key, kv, width);
    add(OpKind::BitLinear, l, "attn_v", Slot::Quantised, Slot::Value, kv, width);
    // Turns Query and Key, each in place; its width is that of both.
    add(OpKind::Rope, l, "rope", Slot::Query, Slot::Query, 0, q + kv);
    // Reads Key and Value too, of these and of earlier positions.
    add(OpKind::Attention, l, "attention", Slot::Query, Slot::Mixed, 0, q);
    add(OpKind::RmsNorm, l, "attn_sub_norm", Slot::Mixed, Slot::Normed, 0, q);
    add(OpKind::Quantise, l, "attn_output_quantise", Slot::Normed, Slot::Quantised, 0, q);
    add(OpKind::BitLinear, l, "attn_output", Slot::Quantised, Slot::Delta, width, q);
    add(OpKind::Residual, l, "attn_residual", Slot::Delta, Slot::Residual, 0, width);
    add(OpKind::RmsNorm, l, "ffn_norm", Slot::Residual, Slot::Normed, 0, width);
    add(OpKind::Quantise, l, "ffn_quantise", Slot::Normed, Slot::Quantised, 0, width);
    add(OpKind::BitLinear, l, "ffn_gate", Slot::Quantised, Slot::Gate, ffn, width);
    add(OpKind::BitLinear, l, "ffn_up", Slot::Quantised, Slot::Up, ffn, width);
    // Reads Up too.
    add(OpKind::FfnActivation, l, "ffn_activation", Slot::Gate, Slot::Hidden, 0, ffn);
    add(OpKind::RmsNorm, l, "ffn_sub_norm", Slot::Hidden, Slot::Normed, 0, ffn);
    add(OpKind::Quantise, l, "ffn_down_quantise", Slot::Normed, Slot::Quantised, 0, ffn);
    add(OpKind::BitLinear, l, "ffn_down", Slot::Quantised, Slot::Delta, width, ffn);
    add(OpKind::Residual, l, "ffn_residual", Slot::Delta, Slot::Residual, 0, width);
  }
  add(OpKind::RmsNorm, -1, "output_norm", Slot::Residual, Slot::Normed, 0, width);
  add(OpKind::LmHead, -1, "lm_head", Slot::Normed, Slot::Logits, shape.vocab_size, width);
  return graph;
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
        counts.vector_elements += rows * width;
        break;
    }
  }
  return counts;
}

}  // namespace ternsim::model
