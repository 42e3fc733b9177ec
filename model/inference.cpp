#include "model/inference.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "base/error.h"
#include "model/numerics.h"

namespace ternsim::model {

namespace {

constexpr std::int64_t kUnmarked = std::numeric_limits<std::int64_t>::max();

InferenceOptions effective(InferenceOptions options) {
  if (rounding_points(options.mode).kv_half && options.kv == KvPrecision::F32) options.kv = KvPrecision::F16;
  return options;
}

RopeOptions rope_options(const ModelShape& shape, const RoundingPoints& points) {
  return {.head_dim = shape.head_dim,
          .theta = shape.rope_theta,
          .pairing = shape.rope_pairing,
          .scale = shape.rope_scale,
          .factors = shape.rope_factors,
          .by_multiplication = points.rope_by_multiplication,
          .bfloat16 = points.bfloat16_stream};
}

}  // namespace

Inference::Inference(const Model& model, MatrixEngine& engine, const InferenceOptions& options)
    : model_(model),
      engine_(engine),
      options_(effective(options)),
      points_(rounding_points(options.mode)),
      graph_(Graph::build(model.shape)),
      ops_(bind_weights(graph_, model)),
      rope_(rope_options(model.shape, points_)),
      cache_(model.shape.block_count, model.shape.kv_length(), model.shape.head_dim, options_.kv),
      marked_(kUnmarked) {
  if (points_.bfloat16_linear && model.shape.activation_scheme != ActivationScheme::Absmax8) {
    throw RequestError("compatibility mode " + std::string(name_of(options.mode)) +
                       " is defined for absmax8 activations; the model has " +
                       std::string(name_of(model.shape.activation_scheme)));
  }
  check_float_environment();
  if (options_.pool != nullptr) options_.pool->on_every_thread(check_float_environment);
  scratch_.resize(options_.pool == nullptr ? 1 : static_cast<std::size_t>(options_.pool->threads()));
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
  rope_.extend(position_ + count);
  cache_.reserve(position_ + count);
  const std::span<const float> logits = write(Slot::Logits, count - first_logits, shape.vocab_size);
  const std::int64_t start = position_;
  try {
    for (std::int64_t at = 0; at < count; at += kChunk) {
      const std::int64_t size = std::min(kChunk, count - at);
      run_chunk(tokens.subspan(at, size), std::clamp<std::int64_t>(first_logits - at, 0, size),
                std::max<std::int64_t>(at - first_logits, 0));
    }
  } catch (...) {
    position_ = start;  // a throw on the way leaves the sequence as it was
    throw;
  }
  return logits;
}

void Inference::run_chunk(std::span<const std::int32_t> tokens, std::int64_t first_logits, std::int64_t logit_row) {
  tokens_ = static_cast<std::int64_t>(tokens.size());
  first_logits_ = first_logits;
  logit_row_ = logit_row;
  marked_ = kUnmarked;
  for (const BoundOp& bound : ops_) {
    const auto start = std::chrono::steady_clock::now();
    execute(bound, tokens);
    if (operator_timer_) {
      operator_timer_(*bound.op, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  }
  position_ += tokens_;
}

void Inference::execute(const BoundOp& bound, std::span<const std::int32_t> tokens) {
  const Op& op = *bound.op;
  switch (op.kind) {
    case OpKind::Embedding:
      return embed(bound, tokens);
    case OpKind::RmsNorm:
      return normalise(bound);
    case OpKind::Quantise:
      return quantise(op);
    case OpKind::BitLinear:
      return op.rank < 0 ? multiply(bound) : multiply_experts(bound);
    case OpKind::Rope:
      return rotate();
    case OpKind::Attention:
      return attend_all(op);
    case OpKind::FfnActivation:
      return activate(op);
    case OpKind::Residual:
      return add_to_residual(op);
    case OpKind::LmHead:
      return project_to_logits(bound);
    case OpKind::Router:
      return route(bound);
    case OpKind::Combine:
      return combine(op);
  }
}

std::span<float> Inference::write(Slot slot, std::int64_t rows, std::int64_t width) {
  std::vector<float>& values = values_[static_cast<std::size_t>(slot)];
  const auto needed = static_cast<std::size_t>(rows * width);
  if (values.size() < needed) values.resize(needed);
  return std::span(values).first(needed);
}

std::span<float> Inference::row(Slot slot, std::int64_t token, std::int64_t width) {
  return std::span(values_[static_cast<std::size_t>(slot)]).subspan(token * width, width);
}

void Inference::mark(std::int64_t token) {
  std::int64_t lowest = marked_;
  while (token < lowest && !marked_.compare_exchange_weak(lowest, token)) {
  }
}

void Inference::check_marked(const Op& op) {
  const std::int64_t token = marked_.exchange(kUnmarked);
  if (token == kUnmarked) return;
  const std::string layer = op.layer < 0 ? "outside of the blocks" : "layer " + std::to_string(op.layer);
  throw Error(op.name + " (" + layer + "): an activation of the token at position " +
              std::to_string(position_ + token) +
              " is infinite or NaN; the model's weights or scales are out of range");
}

}  // namespace ternsim::model
