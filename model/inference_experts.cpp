// The operators of a mixture of experts. Each token's result depends on that token alone: tokens that share an expert
// are multiplied together, and each sums its own experts in order of rank.
#include "model/dense.h"
#include "model/expert_routing.h"
#include "model/inference.h"

namespace ternsim::model {

void Inference::route(const BoundOp& bound) {
  const Op& op = *bound.op;
  const std::int64_t used = graph_.shape.expert_used_count;
  const std::span<float> routed = write(op.output, tokens_, op.rows);
  dense_product(*bound.dense, write(op.input, tokens_, op.cols), tokens_, routed, options_.pool);
  const auto entries = static_cast<std::size_t>(tokens_ * used);
  if (experts_.size() < entries) {
    experts_.resize(entries);
    expert_weights_.resize(entries);
  }
  for (std::int64_t t = 0; t < tokens_; ++t) {
    const std::span<float> probabilities = row(op.output, t, op.rows);
    if (!router_softmax(probabilities)) {
      mark(t);
      continue;
    }
    choose_experts(probabilities, std::span(experts_).subspan(t * used, used),
                   std::span(expert_weights_).subspan(t * used, used));
  }
  check_marked(op);
}

void Inference::multiply_experts(const BoundOp& bound) {
  const Op& op = *bound.op;
  const std::int64_t used = graph_.shape.expert_used_count;
  const QuantisedRows& rows = quantised(op.input);
  write(op.output, tokens_, op.rows);
  for (std::size_t e = 0; e < bound.experts.size(); ++e) {
    group_.clear();
    group_rows_.codes.clear();
    group_rows_.high.clear();
    group_rows_.scales.clear();
    for (std::int32_t t = 0; t < static_cast<std::int32_t>(tokens_); ++t) {
      if (experts_[t * used + op.rank] != static_cast<std::int32_t>(e)) continue;
      const auto begin = t * op.cols;
      group_.push_back(t);
      group_rows_.scales.push_back(rows.scales[t]);
      group_rows_.codes.insert(group_rows_.codes.end(), rows.codes.begin() + begin,
                               rows.codes.begin() + begin + op.cols);
      if (points_.bfloat16_linear)
        group_rows_.high.insert(group_rows_.high.end(), rows.high.begin() + begin, rows.high.begin() + begin + op.cols);
    }
    if (group_.empty()) continue;
    multiply_rows(op, *bound.experts[e], group_rows_.codes, group_rows_.high, group_rows_.scales, rows.steps,
                  group_.data());
  }
  check_marked(op);
}

void Inference::combine(const Op& op) {
  const std::int64_t used = graph_.shape.expert_used_count;
  write(op.output, tokens_, op.cols);
  for_rows(tokens_, op.cols, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const float weight = expert_weights_[t * used + op.rank];
      const std::span<const float> delta = row(op.input, t, op.cols);
      const std::span<float> out = row(op.output, t, op.cols);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const float part = weight * delta[i];
        out[i] = op.rank == 0 ? part : out[i] + part;
        if (points_.bfloat16_stream) out[i] = to_bfloat16(out[i]);
      }
    }
  });
}

}  // namespace ternsim::model
