#include "model/inference.h"

#include <string>

#include "base/error.h"
#include "model/attention.h"
#include "model/dense.h"
#include "model/float_ops.h"
#include "model/numerics.h"

namespace ternsim::model {

Inference::Inference(const Model& model, MatrixEngine& engine)
    : model_(model),
      engine_(engine),
      graph_(Graph::build(model.shape)),
      ops_(bind_weights(graph_, model)),
      rope_(model.shape.head_dim, model.shape.rope_theta),
      cache_(model.shape.block_count, model.shape.kv_length()) {
  check_float_environment();
}

std::span<const float> Inference::forward(std::span<const std::int32_t> tokens) {
  return run(tokens, static_cast<std::int64_t>(tokens.size()) - 1);
}

std::span<const float> Inference::forward_all(std::span<const std::int32_t> tokens) { return run(tokens, 0); }

std::span<const float> Inference::run(std::span<const std::int32_t> tokens, std::int64_t first_logits) {
  check_float_environment();  // calls may come from another thread than the constructor's
  const auto count = static_cast<std::int64_t>(tokens.size());
  const ModelShape& shape = graph_.shape;
  if (count == 0) throw RequestError("no tokens given: the model needs at least one to predict from");
  if (position_ + count > shape.context_length) {
    throw RequestError(std::to_string(position_ + count) + " positions asked for (" + std::to_string(position_) +
                       " held and " + std::to_string(count) + " new), but the model's context length is " +
                       std::to_string(shape.context_length));
  }
  for (std::int64_t t = 0; t < count; ++t) {
    if (tokens[t] < 0 || tokens[t] >= shape.vocab_size) {
      throw RequestError("token id " + std::to_string(tokens[t]) + " at position " + std::to_string(position_ + t) +
                         " is outside of the vocabulary of " + std::to_string(shape.vocab_size));
    }
  }
  tokens_ = count;
  rope_.extend(position_ + count);
  cache_.reserve(position_ + count);
  for (const BoundOp& bound : ops_) execute(bound, tokens, first_logits);
  position_ += count;  // last: a throw on the way leaves the sequence as it was
  return values_[static_cast<std::size_t>(Slot::Logits)];
}

void Inference::execute(const BoundOp& bound, std::span<const std::int32_t> tokens, std::int64_t first_logits) {
  const Op& op = *bound.op;
  switch (op.kind) {
    case OpKind::Embedding:
      return embed(bound, tokens);
    case OpKind::RmsNorm:
      // Outside of the blocks only rows that get logits are needed.
      return normalise(bound, op.layer < 0 ? first_logits : 0);
    case OpKind::Quantise:
      return quantise(op);
    case OpKind::BitLinear:
      return multiply(bound);
    case OpKind::Rope:
      return rotate();
    case OpKind::Attention:
      return attend_all(op);
    case OpKind::FfnActivation:
      return activate(op);
    case OpKind::Residual:
      for (std::int64_t t = 0; t < tokens_; ++t) add_residual(row(op.input, t, op.cols), row(op.output, t, op.cols));
      return;
    case OpKind::LmHead:
      return project_to_logits(bound, tokens_ - first_logits);
  }
}

void Inference::embed(const BoundOp& bound, std::span<const std::int32_t> tokens) {
  const Op& op = *bound.op;
  write(op.output, tokens_, op.cols);
  for (std::int64_t t = 0; t < tokens_; ++t) widen_row(*bound.dense, tokens[t], row(op.output, t, op.cols));
}

void Inference::normalise(const BoundOp& bound, std::int64_t first) {
  const Op& op = *bound.op;
  write(op.output, tokens_ - first, op.cols);
  for (std::int64_t t = first; t < tokens_; ++t) {
    const std::span<float> out = row(op.output, t - first, op.cols);
    if (!rms_norm(row(op.input, t, op.cols), *bound.gain, graph_.shape.norm_epsilon, out) || !all_finite(out)) {
      fail(op, t);
    }
  }
}

void Inference::quantise(const Op& op) {
  quantised_.resize(static_cast<std::size_t>(tokens_ * op.cols));
  activation_scales_.resize(static_cast<std::size_t>(tokens_));
  for (std::int64_t t = 0; t < tokens_; ++t) {
    activation_scales_[t] =
        quantise_absmax(row(op.input, t, op.cols), std::span(quantised_).subspan(t * op.cols, op.cols));
  }
}

void Inference::multiply(const BoundOp& bound) {
  const Op& op = *bound.op;
  sums_.resize(static_cast<std::size_t>(tokens_ * op.rows));
  const Matmul matmul{bound.linear->codes, quantised_, tokens_, op.layer, op.name};
  engine_.multiply(matmul, sums_);
  for (MatmulObserver* observer : observers_) observer->on_matmul(matmul, sums_);
  write(op.output, tokens_, op.rows);
  for (std::int64_t t = 0; t < tokens_; ++t) {
    const std::span<float> out = row(op.output, t, op.rows);
    dequantise(std::span<const std::int32_t>(sums_).subspan(t * op.rows, op.rows), activation_scales_[t],
               bound.linear->scale, out);
    if (!all_finite(out)) fail(op, t);
  }
}

void Inference::rotate() {
  for (std::int64_t t = 0; t < tokens_; ++t) {
    rope_.apply(position_ + t, row(Slot::Query, t, graph_.shape.q_length()));
    rope_.apply(position_ + t, row(Slot::Key, t, graph_.shape.kv_length()));
  }
}

void Inference::attend_all(const Op& op) {
  const ModelShape& shape = graph_.shape;
  const std::int64_t kv = shape.kv_length();
  const std::int64_t d = shape.head_dim;
  const std::int64_t queries_per_key = shape.head_count / shape.head_count_kv;
  for (std::int64_t t = 0; t < tokens_; ++t) {
    cache_.store(op.layer, position_ + t, row(Slot::Key, t, kv), row(Slot::Value, t, kv));
  }
  scores_.resize(static_cast<std::size_t>(position_ + tokens_));
  write(op.output, tokens_, op.cols);
  for (std::int64_t t = 0; t < tokens_; ++t) {
    const std::span<const float> query = row(op.input, t, op.cols);
    const std::span<float> out = row(op.output, t, op.cols);
    for (std::int64_t h = 0; h < shape.head_count; ++h) {
      const std::int64_t offset = h / queries_per_key * d;
      if (!attend(query.subspan(h * d, d), cache_.keys(op.layer) + offset, cache_.values(op.layer) + offset, kv,
                  position_ + t + 1, scores_, out.subspan(h * d, d))) {
        fail(op, t);
      }
    }
  }
}

void Inference::activate(const Op& op) {
  const auto gate_by = graph_.shape.ffn_activation == FfnActivation::SquaredRelu ? squared_relu_gate : swiglu_gate;
  write(op.output, tokens_, op.cols);
  for (std::int64_t t = 0; t < tokens_; ++t) {
    gate_by(row(op.input, t, op.cols), row(Slot::Up, t, op.cols), row(op.output, t, op.cols));
  }
}

void Inference::project_to_logits(const BoundOp& bound, std::int64_t rows) {
  const Op& op = *bound.op;
  const std::span<float> logits = write(op.output, rows, op.rows);
  dense_product(*bound.dense, values_[static_cast<std::size_t>(op.input)], rows, logits);
  for (std::int64_t t = 0; t < rows; ++t) {
    if (!all_finite(row(op.output, t, op.rows))) fail(op, tokens_ - rows + t);
  }
}

std::span<float> Inference::write(Slot slot, std::int64_t rows, std::int64_t width) {
  std::vector<float>& values = values_[static_cast<std::size_t>(slot)];
  values.resize(static_cast<std::size_t>(rows * width));
  return values;
}

std::span<float> Inference::row(Slot slot, std::int64_t token, std::int64_t width) {
  return std::span(values_[static_cast<std::size_t>(slot)]).subspan(token * width, width);
}

void Inference::fail(const Op& op, std::int64_t token) const {
  const std::string layer = op.layer < 0 ? "outside of the blocks" : "layer " + std::to_string(op.layer);
  throw Error(op.name + " (" + layer + "): an activation of the token at position " +
              std::to_string(position_ + token) +
              " is infinite or NaN; the model's weights or scales are out of range");
}

}  // namespace ternsim::model
