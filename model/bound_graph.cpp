#include "model/bound_graph.h"

#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "model/dense.h"
#include "model/float_ops.h"

namespace ternsim::model {

namespace {

template <typename Owner>
struct NamedLinear {
  std::string_view name;
  BitLinearWeights Owner::*weights;
};
constexpr NamedLinear<BlockWeights> kLinears[] = {
    {"attn_q", &BlockWeights::attn_q},     {"attn_k", &BlockWeights::attn_k},
    {"attn_v", &BlockWeights::attn_v},     {"attn_output", &BlockWeights::attn_output},
    {"ffn_gate", &BlockWeights::ffn_gate}, {"ffn_up", &BlockWeights::ffn_up},
    {"ffn_down", &BlockWeights::ffn_down},
};
constexpr NamedLinear<ExpertWeights> kExpertLinears[] = {
    {"ffn_gate", &ExpertWeights::ffn_gate},
    {"ffn_up", &ExpertWeights::ffn_up},
    {"ffn_down", &ExpertWeights::ffn_down},
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

/// "attn_q" of "blk.3.attn_q", "ffn_up" of "blk.3.ffn_up_rank1".
std::string_view role_of(const Op& op) {
  const std::string_view name = op.name;
  const std::string_view role = name.substr(name.rfind('.') + 1);
  return op.rank < 0 ? role : role.substr(0, role.rfind("_rank"));
}

/// "blk.3.ffn_up, expert 5".
std::string expert_name(const Op& op, std::size_t expert) {
  return "blk." + std::to_string(op.layer) + "." + std::string(role_of(op)) + ", expert " + std::to_string(expert);
}

template <typename Owner, std::size_t N>
const BitLinearWeights& linear_of(const Op& op, const Owner& owner, const NamedLinear<Owner> (&candidates)[N],
                                  const std::string& name) {
  for (const NamedLinear<Owner>& candidate : candidates) {
    if (candidate.name != role_of(op)) continue;
    const BitLinearWeights& linear = owner.*candidate.weights;
    if (linear.codes.rows() != op.rows || linear.codes.cols() != op.cols) {
      throw InputError(name + ": is " + std::to_string(linear.codes.rows()) + " x " +
                       std::to_string(linear.codes.cols()) + ", the model's shape asks for " + std::to_string(op.rows) +
                       " x " + std::to_string(op.cols));
    }
    if (!std::isfinite(linear.scale)) throw InputError(name + ": its scale is NaN or infinite");
    return linear;
  }
  throw std::logic_error("no weights are known for operator " + op.name);
}

const std::vector<float>& checked_gain(const std::vector<float>& gain, const Op& op, const std::string& name) {
  if (gain.size() != static_cast<std::size_t>(op.cols)) {
    throw InputError(name + ": holds " + std::to_string(gain.size()) + " weights, the model's shape asks for " +
                     std::to_string(op.cols));
  }
  if (!all_finite(gain)) throw InputError(name + ": holds NaN or Inf");
  return gain;
}

const std::vector<float>& gain_of(const Op& op, const Model& model) {
  if (op.layer < 0) return checked_gain(model.output_norm, op, op.name);
  for (const NamedGain& candidate : kGains) {
    if (candidate.name == role_of(op)) return checked_gain(model.blocks[op.layer].*candidate.gain, op, op.name);
  }
  throw std::logic_error("no weights are known for operator " + op.name);
}

void bind_experts(BoundOp& bound, const BlockWeights& block) {
  const Op& op = *bound.op;
  for (std::size_t e = 0; e < block.experts.size(); ++e) {
    const ExpertWeights& expert = block.experts[e];
    if (op.kind == OpKind::BitLinear) {
      bound.experts.push_back(&linear_of(op, expert, kExpertLinears, expert_name(op, e)));
    } else {
      bound.expert_gains.push_back(&checked_gain(expert.ffn_sub_norm, op, expert_name(op, e)));
    }
  }
}

/// A tensor that no operator reads would be ignored in silence.
void check_presence(const ModelShape& shape, const Model& model) {
  const auto expected = static_cast<std::size_t>(shape.expert_count);
  for (std::size_t l = 0; l < model.blocks.size(); ++l) {
    const BlockWeights& block = model.blocks[l];
    const std::string name = "blk." + std::to_string(l);
    if (block.experts.size() != expected) {
      throw InputError(name + ": holds " + std::to_string(block.experts.size()) + " experts, the model's shape says " +
                       std::to_string(expected));
    }
    const bool has_sub_norms = !block.attn_sub_norm.empty() || !block.ffn_sub_norm.empty();
    if (!shape.sub_norms && has_sub_norms) {
      throw InputError(name + ": has sub-norms, the model's shape says that there are none");
    }
  }
  if (shape.tied_embedding && model.output.rows != 0) {
    throw InputError("output: an LM head is there, the model's shape says that the embedding serves as one");
  }
}

}  // namespace

std::vector<BoundOp> bind_weights(const Graph& graph, const Model& model) {
  if (model.blocks.size() != static_cast<std::size_t>(graph.shape.block_count)) {
    throw InputError("model '" + graph.shape.name + "': holds " + std::to_string(model.blocks.size()) +
                     " blocks, its shape says " + std::to_string(graph.shape.block_count));
  }
  check_presence(graph.shape, model);
  std::vector<BoundOp> bound;
  for (const Op& op : graph.ops) {
    BoundOp b;
    b.op = &op;
    switch (op.kind) {
      case OpKind::BitLinear:
        if (op.rank >= 0) {
          bind_experts(b, model.blocks[op.layer]);
        } else {
          b.linear = &linear_of(op, model.blocks[op.layer], kLinears, op.name);
        }
        break;
      case OpKind::RmsNorm:
        if (op.rank >= 0) {
          bind_experts(b, model.blocks[op.layer]);
        } else {
          b.gain = &gain_of(op, model);
        }
        break;
      case OpKind::Embedding:
        check_dense(model.embedding, "token_embd", op.rows, op.cols);
        b.dense = &model.embedding;
        break;
      case OpKind::LmHead:
        b.dense = graph.shape.tied_embedding ? &model.embedding : &model.output;  // the former was checked there
        if (!graph.shape.tied_embedding) check_dense(model.output, "output", op.rows, op.cols);
        break;
      case OpKind::Router:
        b.dense = &model.blocks[op.layer].ffn_router;
        if (b.dense->type != ElementType::F32) throw InputError(op.name + ": is no F32 matrix");
        check_dense(*b.dense, op.name.c_str(), op.rows, op.cols);
        break;
      case OpKind::Quantise:
      case OpKind::Rope:
      case OpKind::Attention:
      case OpKind::FfnActivation:
      case OpKind::Residual:
      case OpKind::Combine:
        break;
    }
    bound.push_back(std::move(b));
  }
  return bound;
}

}  // namespace ternsim::model
