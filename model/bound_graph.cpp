#include "model/bound_graph.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "model/dense.h"
#include "model/float_ops.h"

namespace ternsim::model {

namespace {

struct NamedLinear {
  std::string_view name;
  BitLinearWeights BlockWeights::*weights;
};
constexpr NamedLinear kLinears[] = {
    {"attn_q", &BlockWeights::attn_q},     {"attn_k", &BlockWeights::attn_k},
    {"attn_v", &BlockWeights::attn_v},     {"attn_output", &BlockWeights::attn_output},
    {"ffn_gate", &BlockWeights::ffn_gate}, {"ffn_up", &BlockWeights::ffn_up},
    {"ffn_down", &BlockWeights::ffn_down},
};

struct NamedGain {
  std::string_view name;
  std::vector<float> BlockWeights::*gain;
};
constexpr NamedGain kGains[] = {
    {"attn_norm", &BlockWeights::attn_norm},
    {"attn_sub_norm", &BlockWeights::attn_sub_norm},
    {"ffn_norm", &BlockWeights::ffn_norm},
    {"ffn_sub_norm", &BlockWeights::ffn_sub_norm},
};

/// "attn_q" of "blk.3.attn_q".
std::string_view role_of(const Op& op) {
  const std::string_view name = op.name;
  return name.substr(name.rfind('.') + 1);
}

const BitLinearWeights& linear_of(const Op& op, const BlockWeights& block) {
  for (const NamedLinear& candidate : kLinears) {
    if (candidate.name != role_of(op)) continue;
    const BitLinearWeights& linear = block.*candidate.weights;
    if (linear.codes.rows() != op.rows || linear.codes.cols() != op.cols) {
      throw InputError(op.name + ": is " + std::to_string(linear.codes.rows()) + " x " +
                       std::to_string(linear.codes.cols()) + ", the model's shape asks for " + std::to_string(op.rows) +
                       " x " + std::to_string(op.cols));
    }
    if (!std::isfinite(linear.scale)) throw InputError(op.name + ": its scale is NaN or infinite");
    return linear;
  }
  throw std::logic_error("no weights are known for operator " + op.name);
}

const std::vector<float>& gain_of(const Op& op, const Model& model) {
  const std::vector<float>* gain = op.layer < 0 ? &model.output_norm : nullptr;
  for (const NamedGain& candidate : kGains) {
    if (op.layer >= 0 && candidate.name == role_of(op)) gain = &(model.blocks[op.layer].*candidate.gain);
  }
  if (gain == nullptr) throw std::logic_error("no weights are known for operator " + op.name);
  if (gain->size() != static_cast<std::size_t>(op.cols)) {
    throw InputError(op.name + ": holds " + std::to_string(gain->size()) + " weights, the model's shape asks for " +
                     std::to_string(op.cols));
  }
  if (!all_finite(*gain)) throw InputError(op.name + ": holds NaN or Inf");
  return *gain;
}

}  // namespace

std::vector<BoundOp> bind_weights(const Graph& graph, const Model& model) {
  if (model.blocks.size() != static_cast<std::size_t>(graph.shape.block_count)) {
    throw InputError("model '" + graph.shape.name + "': holds " + std::to_string(model.blocks.size()) +
                     " blocks, its shape says " + std::to_string(graph.shape.block_count));
  }
  std::vector<BoundOp> bound;
  for (const Op& op : graph.ops) {
    BoundOp b{&op, nullptr, nullptr, nullptr};
    switch (op.kind) {
      case OpKind::BitLinear:
        b.linear = &linear_of(op, model.blocks[op.layer]);
        break;
      case OpKind::RmsNorm:
        b.gain = &gain_of(op, model);
        break;
      case OpKind::Embedding:
        check_dense(model.embedding, "token_embd", op.rows, op.cols);
        b.dense = &model.embedding;
        break;
      case OpKind::LmHead:  // tied to the embedding, which was checked there
        b.dense = &model.embedding;
        break;
      case OpKind::Quantise:
      case OpKind::Rope:
      case OpKind::Attention:
      case OpKind::FfnActivation:
      case OpKind::Residual:
        break;
    }
    bound.push_back(b);
  }
  return bound;
}

}  // namespace ternsim::model
