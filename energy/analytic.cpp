#include "energy/analytic.h"

#include <fmt/format.h>

#include "base/error.h"

namespace ternsim::energy {

namespace {

void require_positive(std::int64_t value, const char* what) {
  if (value <= 0) throw RequestError(fmt::format("operation-level energy needs {} above 0, found {}", what, value));
}

void add_linear(ArithmeticWork& work, std::int64_t in, std::int64_t out) {
  // Doubles hold these counts exactly up to 2^53, a thousand times the largest model.
  work.linear_weights += static_cast<double>(in) * static_cast<double>(out);
  work.linear_ends += static_cast<double>(in) + static_cast<double>(out);
  work.linear_outputs += static_cast<double>(out);
}

void scale_linears(ArithmeticWork& work, std::int64_t layers) {
  work.linear_weights *= static_cast<double>(layers);
  work.linear_ends *= static_cast<double>(layers);
  work.linear_outputs *= static_cast<double>(layers);
}

double attention_macs(const ArithmeticWork& work, std::int64_t tokens) {
  return work.attention_width * static_cast<double>(tokens) * static_cast<double>(tokens);
}

}  // namespace

ArithmeticWork arithmetic_work(const model::ModelShape& shape) {
  require_positive(shape.embedding_length, "an embedding length");
  require_positive(shape.block_count, "a block count");
  require_positive(shape.feed_forward_length, "a feed-forward length");
  require_positive(shape.head_count, "a head count");
  require_positive(shape.head_count_kv, "a key-value head count");
  require_positive(shape.head_dim, "a head dimension");
  ArithmeticWork work;
  add_linear(work, shape.embedding_length, shape.q_length());           // q
  add_linear(work, shape.embedding_length, shape.kv_length());          // k
  add_linear(work, shape.embedding_length, shape.kv_length());          // v
  add_linear(work, shape.q_length(), shape.embedding_length);           // output
  add_linear(work, shape.embedding_length, shape.feed_forward_length);  // gate
  add_linear(work, shape.embedding_length, shape.feed_forward_length);  // up
  add_linear(work, shape.feed_forward_length, shape.embedding_length);  // down
  scale_linears(work, shape.block_count);
  work.attention_width = 2.0 * static_cast<double>(shape.block_count) * static_cast<double>(shape.q_length());
  return work;
}

ArithmeticWork arithmetic_work(const model::Graph& graph) {
  ArithmeticWork work;
  for (const model::Op& op : graph.ops) {
    if (op.kind == model::OpKind::BitLinear) {
      require_positive(op.cols, "linear inputs");
      require_positive(op.rows, "linear outputs");
      add_linear(work, op.cols, op.rows);
    } else if (op.kind == model::OpKind::Attention) {
      work.attention_width += 2.0 * static_cast<double>(graph.shape.q_length());
    }
  }
  return work;
}

ArithmeticWork arithmetic_work_gpt(std::int64_t hidden, std::int64_t layers) {
  require_positive(hidden, "a hidden size");
  require_positive(layers, "a layer count");
  ArithmeticWork work;
  for (int i = 0; i < 4; ++i) add_linear(work, hidden, hidden);  // q, k, v, output
  add_linear(work, hidden, 4 * hidden);
  add_linear(work, 4 * hidden, hidden);
  scale_linears(work, layers);
  work.attention_width = 2.0 * static_cast<double>(layers) * static_cast<double>(hidden);
  return work;
}

ArithmeticEnergy floating_pass(const ArithmeticWork& work, const Technology& technology, std::int64_t tokens,
                               FloatFormat format, AddsPerDot adds) {
  require_positive(tokens, "a token count");
  const bool half = format == FloatFormat::Fp16;
  const auto n = static_cast<double>(tokens);
  const double muls = work.linear_weights * n + attention_macs(work, tokens);
  const double dropped = adds == AddsPerDot::InMinusOne ? work.linear_outputs * n : 0;
  return {muls * technology.constant(half ? "fp16_mul" : "fp32_mul").mid,
          (muls - dropped) * technology.constant(half ? "fp16_add" : "fp32_add").mid};
}

ArithmeticEnergy attention_pass(const ArithmeticWork& work, const Technology& technology, std::int64_t tokens) {
  require_positive(tokens, "a token count");
  const double macs = attention_macs(work, tokens);
  return {macs * technology.constant("fp16_mul").mid, macs * technology.constant("fp16_add").mid};
}

ArithmeticEnergy bitnet_pass(const ArithmeticWork& work, const Technology& technology, std::int64_t tokens) {
  ArithmeticEnergy energy = attention_pass(work, technology, tokens);
  const auto n = static_cast<double>(tokens);
  energy.multiplications += work.linear_ends * n * technology.constant("fp16_mul").mid;
  energy.additions += work.linear_weights * n * technology.constant("int8_add").mid;
  return energy;
}

double published_ratio(const Technology& technology) {
  return (technology.constant("fp16_add").mid + technology.constant("fp16_mul").mid) /
         technology.constant("int8_add").mid;
}

}  // namespace ternsim::energy
