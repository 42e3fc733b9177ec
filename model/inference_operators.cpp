// The operators of a dense block, and those around the blocks.
#include <algorithm>

#include "model/attention.h"
#include "model/dense.h"
#include "model/float_ops.h"
#include "model/inference.h"
#include "model/norms.h"

namespace ternsim::model {

void Inference::embed(const BoundOp& bound, std::span<const std::int32_t> tokens) {
  const Op& op = *bound.op;
  write(op.output, tokens_, op.cols);
  for (std::int64_t t = 0; t < tokens_; ++t) {
    const std::span<float> out = row(op.output, t, op.cols);
    widen_row(*bound.dense, tokens[t], out);
    if (points_.bfloat16_stream) round_to_bfloat16(out);
  }
}

void Inference::normalise(const BoundOp& bound) {
  const Op& op = *bound.op;
  // Outside of the blocks only rows that get logits are needed.
  const std::int64_t first = op.layer < 0 ? first_logits_ : 0;
  const std::int64_t used = graph_.shape.expert_used_count;
  const bool head_input = op.layer < 0 && points_.head_input_half;
  write(op.output, tokens_ - first, op.cols);
  for_rows(tokens_ - first, op.cols, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::span<float> out = row(op.output, t, op.cols);
      const std::vector<float>& gain = op.rank < 0 ? *bound.gain : *bound.expert_gains[experts_[t * used + op.rank]];
      const bool sane = normalise_row(graph_.shape.norm_kind, row(op.input, first + t, op.cols), gain,
                                      graph_.shape.norm_epsilon, points_, out);
      if (sane && head_input) round_to_half(out);
      if (!sane || !all_finite(out)) mark(first + t);
    }
  });
  check_marked(op);
}

void Inference::quantise(const Op& op) {
  QuantisedRows& rows = quantised(op.output);
  const auto needed = static_cast<std::size_t>(tokens_ * op.cols);
  if (rows.codes.size() < needed) rows.codes.resize(needed);
  if (points_.bfloat16_linear && rows.high.size() < needed) rows.high.resize(needed);
  if (rows.scales.size() < static_cast<std::size_t>(tokens_)) rows.scales.resize(static_cast<std::size_t>(tokens_));
  rows.steps = has_step(op.quantiser);
  const auto quantise_rows = [&](std::int64_t begin, std::int64_t end, QuantiserScratch& scratch) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::span<const float> x = row(op.input, t, op.cols);
      const std::span<std::int8_t> codes = std::span(rows.codes).subspan(t * op.cols, op.cols);
      // Norms test what they write; others may hand on anything. Before the maximum, which may drop a NaN.
      const bool tested = op.input == Slot::Normed;
      if ((!tested && !all_finite(x)) || !quantise_row(op.quantiser, x, codes, rows.scales[t], scratch)) {
        mark(t);
        continue;
      }
      if (points_.bfloat16_linear) {
        rows.scales[t] = split_bfloat16(rows.scales[t], codes, std::span(rows.high).subspan(t * op.cols, op.cols));
      }
    }
  };
  if (options_.pool == nullptr || tokens_ < 2) {
    quantise_rows(0, tokens_, scratch_.front());
  } else {
    const std::int64_t threads = options_.pool->threads();
    const auto part = [&](int p) {
      quantise_rows(tokens_ * p / threads, tokens_ * (p + 1) / threads, scratch_[static_cast<std::size_t>(p)]);
    };
    options_.pool->run(std::cref(part));
  }
  check_marked(op);
}

namespace {

Matmul matmul_of(const Op& op, const BitLinearWeights& linear, std::span<const std::int8_t> codes,
                 std::int64_t tokens) {
  return {linear.codes, codes, tokens, op.layer, op.name, linear.repacked.empty() ? nullptr : &linear.repacked};
}

}  // namespace

void Inference::engine_product(const Op& op, const BitLinearWeights& linear, std::span<const std::int8_t> codes,
                               std::int64_t tokens, std::span<std::int32_t> sums) {
  const Matmul matmul = matmul_of(op, linear, codes, tokens);
  engine_.multiply(matmul, sums);
  for (MatmulObserver* observer : observers_) observer->on_matmul(matmul, sums);
}

void Inference::multiply_rows(const Op& op, const BitLinearWeights& linear, std::span<const std::int8_t> codes,
                              std::span<const std::int8_t> high, std::span<const float> scales, bool steps,
                              const std::int32_t* token_of) {
  const auto tokens = static_cast<std::int64_t>(scales.size());
  const auto dequantise_some = [&](std::int64_t t, std::int64_t first, std::span<const std::int32_t> sums) {
    const std::int64_t token = token_of == nullptr ? t : token_of[t];
    const std::span<float> out = row(op.output, token, op.rows).subspan(first, sums.size());
    bool finite = true;
    if (steps) {
      dequantise_by_step(sums, scales[t], linear.scale, out);
      finite = all_finite(out);
    } else {
      finite = dequantise(sums, scales[t], linear.scale, out);
    }
    if (!finite) mark(token);
  };
  if (observers_.empty() && !points_.bfloat16_linear) {
    const auto take = [&](const kernels::SumsBlock& block) {
      for (std::int64_t t = 0; t < tokens; ++t) {
        dequantise_some(t, block.row, {block.sums + t * block.stride, static_cast<std::size_t>(block.rows)});
      }
    };
    if (engine_.multiply_blocks(matmul_of(op, linear, codes, tokens), std::cref(take))) return;
  }
  const auto needed = static_cast<std::size_t>(tokens * op.rows);
  if (sums_.size() < needed) sums_.resize(needed);
  const std::span<std::int32_t> sums = std::span(sums_).first(needed);
  engine_product(op, linear, codes, tokens, sums);
  if (points_.bfloat16_linear) {
    if (high_sums_.size() < needed) high_sums_.resize(needed);
    engine_product(op, linear, high, tokens, std::span(high_sums_).first(needed));
  }
  for_rows(tokens, op.rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::span<const std::int32_t> row_sums = sums.subspan(t * op.rows, op.rows);
      if (!points_.bfloat16_linear) {
        dequantise_some(t, 0, row_sums);
        continue;
      }
      const std::int64_t token = token_of == nullptr ? t : token_of[t];
      const std::span<float> out = row(op.output, token, op.rows);
      dequantise_bfloat16(row_sums, std::span(high_sums_).subspan(t * op.rows, op.rows), scales[t], linear.scale, out);
      if (!all_finite(out)) mark(token);
    }
  });
}

void Inference::multiply(const BoundOp& bound) {
  const Op& op = *bound.op;
  const QuantisedRows& rows = quantised(op.input);
  const auto elements = static_cast<std::size_t>(tokens_ * op.cols);
  write(op.output, tokens_, op.rows);
  multiply_rows(op, *bound.linear, std::span(rows.codes).first(elements),
                points_.bfloat16_linear ? std::span(rows.high).first(elements) : std::span<const std::int8_t>(),
                std::span(rows.scales).first(static_cast<std::size_t>(tokens_)), rows.steps, nullptr);
  check_marked(op);
}

void Inference::rotate() {
  const std::int64_t q = graph_.shape.q_length();
  const std::int64_t kv = graph_.shape.kv_length();
  for_rows(tokens_, q + kv, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      rope_.apply(position_ + t, row(Slot::Query, t, q));
      rope_.apply(position_ + t, row(Slot::Key, t, kv));
    }
  });
}

namespace {

/// Buffers by position grow in steps of this, so that a sequence that grows token by token seldom allocates.
std::size_t in_steps(std::int64_t positions) {
  constexpr std::int64_t kStep = 64;
  return static_cast<std::size_t>((positions + kStep - 1) / kStep * kStep);
}

}  // namespace

void Inference::widen_cache(int layer) {
  const std::int64_t kv = graph_.shape.kv_length();
  const std::int64_t positions = position_ + tokens_;
  const std::size_t needed = in_steps(positions) * static_cast<std::size_t>(kv);
  if (widened_keys_.size() < needed) {
    widened_keys_.resize(needed);
    widened_values_.resize(needed);
  }
  for_rows(positions, 2 * kv, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      cache_.load(layer, p, std::span(widened_keys_).subspan(p * kv, kv),
                  std::span(widened_values_).subspan(p * kv, kv));
    }
  });
}

void Inference::attend_all(const Op& op) {
  const ModelShape& shape = graph_.shape;
  const std::int64_t kv = shape.kv_length();
  const std::int64_t d = shape.head_dim;
  const std::int64_t heads = shape.head_count;
  const std::int64_t queries_per_key = heads / shape.head_count_kv;
  for_rows(tokens_, 2 * kv, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      // A narrow cache's maximum may drop a NaN: RoPE of finite numbers can overflow.
      const std::span<const float> key = row(Slot::Key, t, kv);
      if (!all_finite(key) || !cache_.store(op.layer, position_ + t, key, row(Slot::Value, t, kv))) mark(t);
    }
  });
  check_marked(op);
  if (!cache_.is_float()) widen_cache(op.layer);
  const float* keys = cache_.is_float() ? cache_.keys(op.layer) : widened_keys_.data();
  const float* values = cache_.is_float() ? cache_.values(op.layer) : widened_values_.data();

  const std::int64_t positions = position_ + tokens_;
  const std::int64_t threads = options_.pool == nullptr ? 1 : options_.pool->threads();
  const std::size_t room = static_cast<std::size_t>(threads * queries_per_key) * in_steps(positions);
  if (scores_.size() < room) scores_.resize(room);
  write(op.output, tokens_, op.cols);
  const auto attend_range = [&](std::int64_t t, std::int64_t begin, std::int64_t end, std::span<float> scores) {
    for (std::int64_t h = begin; h < end;) {
      // Heads with the same key and value go together.
      const std::int64_t next = std::min(end, (h / queries_per_key + 1) * queries_per_key);
      const std::int64_t offset = h / queries_per_key * d;
      const std::span<float> out = row(op.output, t, op.cols).subspan(h * d, (next - h) * d);
      if (!attend_heads(row(op.input, t, op.cols).subspan(h * d, (next - h) * d), static_cast<std::size_t>(next - h),
                        keys + offset, values + offset, kv, position_ + t + 1, scores, out)) {
        mark(t);
      }
      if (points_.bfloat16_stream) round_to_bfloat16(out);
      h = next;
    }
  };
  const auto part = [&](int p) {
    const std::int64_t share = positions * queries_per_key;
    const std::span<float> scores = std::span(scores_).subspan(p * share, share);
    if (tokens_ < threads) {
      for (std::int64_t t = 0; t < tokens_; ++t) {
        attend_range(t, heads * p / threads, heads * (p + 1) / threads, scores);
      }
    } else {
      // Later tokens see more positions: dealt out in turn they make even shares.
      for (std::int64_t t = p; t < tokens_; t += threads) attend_range(t, 0, heads, scores);
    }
  };
  if (threads > 1 && tokens_ * positions * op.cols >= options_.share_from) {
    options_.pool->run(std::cref(part));
  } else {
    for (int p = 0; p < static_cast<int>(threads); ++p) part(p);
  }
  check_marked(op);
}

void Inference::activate_row(std::span<const float> gate, std::span<const float> up, std::span<float> out) const {
  const bool squared_relu = graph_.shape.ffn_activation == FfnActivation::SquaredRelu;
  if (!points_.bfloat16_stream) return squared_relu ? squared_relu_gate(gate, up, out) : swiglu_gate(gate, up, out);
  // x * 1 is x: the gate without its product, which is rounded on its own.
  for (std::size_t i = 0; i < out.size(); ++i) {
    constexpr float kOne = 1.0F;
    if (squared_relu) {
      squared_relu_gate({&gate[i], 1}, {&kOne, 1}, {&out[i], 1});
    } else {
      swiglu_gate({&gate[i], 1}, {&kOne, 1}, {&out[i], 1});
    }
    out[i] = to_bfloat16(to_bfloat16(out[i]) * up[i]);
  }
}

void Inference::activate(const Op& op) {
  write(op.output, tokens_, op.cols);
  // An exponential takes as long as some tens of simpler operations.
  const std::int64_t cost = graph_.shape.ffn_activation == FfnActivation::SwiGlu ? 16 : 1;
  if (tokens_ == 1) {
    for_rows(op.cols, cost, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t n = end - begin;
      activate_row(row(op.input, 0, op.cols).subspan(begin, n), row(Slot::Up, 0, op.cols).subspan(begin, n),
                   row(op.output, 0, op.cols).subspan(begin, n));
    });
    return;
  }
  for_rows(tokens_, op.cols * cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      activate_row(row(op.input, t, op.cols), row(Slot::Up, t, op.cols), row(op.output, t, op.cols));
    }
  });
}

void Inference::add_to_residual(const Op& op) {
  for_rows(tokens_, op.cols, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::span<float> x = row(op.output, t, op.cols);
      add_residual(row(op.input, t, op.cols), x);
      if (points_.bfloat16_stream) round_to_bfloat16(x);
    }
  });
}

void Inference::project_to_logits(const BoundOp& bound) {
  const Op& op = *bound.op;
  const std::int64_t rows = tokens_ - first_logits_;
  if (rows == 0) return;
  const std::span<float> logits =
      std::span(values_[static_cast<std::size_t>(op.output)]).subspan(logit_row_ * op.rows, rows * op.rows);
  const std::span<const float> x = write(op.input, rows, op.cols);
  dense_product(*bound.dense, x, rows, logits, options_.pool);
  for (std::int64_t t = 0; t < rows; ++t) {
    if (!all_finite(logits.subspan(t * op.rows, op.rows))) mark(first_logits_ + t);
  }
  check_marked(op);
}

}  // namespace ternsim::model
