#include "model/bench.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "kernels/ternary_gemm.h"
#include "model/cpu_engine.h"
#include "model/inference.h"

namespace ternsim::model {

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The CPU engine with a clock around each product.
class TimedEngine : public MatrixEngine {
 public:
  explicit TimedEngine(kernels::ThreadPool& pool) : engine_(kernels::best_isa(), &pool) {}
  std::string_view name() const override { return engine_.name(); }
  void multiply(const Matmul& matmul, std::span<std::int32_t> sums) override {
    const Clock::time_point start = Clock::now();
    engine_.multiply(matmul, sums);
    seconds += seconds_since(start);
    count(matmul);
  }
  bool multiply_blocks(const Matmul& matmul, const kernels::TakeSums& take) override {
    const Clock::time_point start = Clock::now();
    if (!engine_.multiply_blocks(matmul, take)) return false;
    seconds += seconds_since(start);
    count(matmul);
    return true;
  }
  double seconds = 0;
  std::uint64_t bytes = 0;
  bool count_bytes = false;

 private:
  void count(const Matmul& matmul) {
    if (!count_bytes) return;
    bytes += matmul.repacked != nullptr ? kernels::bytes_read(*matmul.repacked, matmul.activations)
                                        : kernels::bytes_read(matmul.weights, matmul.activations);
  }

  CpuEngine engine_;
};

void keep_better(kernels::MachineLimits& best, const kernels::MachineLimits& other) {
  for (std::size_t i = 0; i < best.read_loops.size(); ++i) {
    best.read_loops[i].gb_per_s = std::max(best.read_loops[i].gb_per_s, other.read_loops[i].gb_per_s);
  }
  best.int8_gmac_s = std::max(best.int8_gmac_s, other.int8_gmac_s);
  best.tile_gmac_s = std::max(best.tile_gmac_s, other.tile_gmac_s);
}

/// A step's time goes to the operators' kinds; that of the products within them is known from the engine.
void add_to(DecodeBreakdown& step, OpKind kind, double seconds) {
  switch (kind) {
    case OpKind::BitLinear:
      step.dequantise += seconds;
      break;
    case OpKind::LmHead:
      step.head += seconds;
      break;
    case OpKind::Attention:
      step.attention += seconds;
      break;
    case OpKind::RmsNorm:
      step.norm += seconds;
      break;
    case OpKind::Quantise:
      step.quantise += seconds;
      break;
    case OpKind::FfnActivation:
      step.activation += seconds;
      break;
    case OpKind::Embedding:
    case OpKind::Rope:
    case OpKind::Residual:
    case OpKind::Router:
    case OpKind::Combine:
      step.rest += seconds;
      break;
  }
}

std::vector<std::int32_t> random_tokens(std::int64_t count, std::int64_t vocabulary) {
  Random random(1);
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(vocabulary))));
  }
  return tokens;
}

void decode(Inference& inference, std::span<const std::int32_t> tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) inference.forward(tokens.subspan(i, 1));
}

std::uint64_t bytes_of(const BitLinearWeights& linear) {
  if (!linear.repacked.empty()) return linear.repacked.bytes().size();
  return linear.codes.released() ? 0 : static_cast<std::uint64_t>(linear.codes.rows() * linear.codes.row_bytes());
}

}  // namespace

double DecodeBreakdown::total() const {
  return ternary + dequantise + head + attention + norm + quantise + activation + rest;
}

// Limits twice, warm-up, each repeat, breakdown.
std::uint64_t bench_parts(const BenchOptions& options) { return 4 + static_cast<std::uint64_t>(options.repeats); }

BenchResult run_bench(const Model& model, kernels::ThreadPool& pool, InferenceOptions options,
                      const BenchOptions& bench, const BenchProgress& progress) {
  const std::int64_t longest = std::max(bench.prefill, bench.context + bench.decode);
  if (longest > model.shape.context_length) {
    throw RequestError("the bench needs " + std::to_string(longest) + " positions (prefill " +
                       std::to_string(bench.prefill) + "; context " + std::to_string(bench.context) + " and decode " +
                       std::to_string(bench.decode) + "), but the model's context length is " +
                       std::to_string(model.shape.context_length));
  }
  const auto step_done = [&progress] {
    if (progress) progress();
  };
  options.pool = &pool;
  TimedEngine engine(pool);
  Inference inference(model, engine, options);
  const std::vector<std::int32_t> ids = random_tokens(longest, model.shape.vocab_size);
  const std::span<const std::int32_t> tokens(ids);
  const auto prompt = tokens.first(static_cast<std::size_t>(bench.prefill));
  const auto held = tokens.first(static_cast<std::size_t>(bench.context));
  const auto steps = tokens.subspan(static_cast<std::size_t>(bench.context), static_cast<std::size_t>(bench.decode));

  const kernels::MachineLimitsOptions limits{.bytes = bench.limit_bytes};
  BenchResult result;
  result.limits = kernels::measure_machine_limits(kernels::best_isa(), pool, limits);
  step_done();
  inference.forward(prompt);
  inference.reset();
  if (!held.empty()) inference.forward(held);
  decode(inference, steps.first(std::min<std::size_t>(steps.size(), 4)));
  step_done();
  for (std::int64_t r = 0; r < bench.repeats; ++r) {
    inference.reset();
    Clock::time_point start = Clock::now();
    inference.forward(prompt);
    result.prefill_seconds.push_back(seconds_since(start));
    if (bench.context != bench.prefill) {
      inference.reset();
      if (!held.empty()) inference.forward(held);
    }
    start = Clock::now();
    decode(inference, steps);
    result.decode_seconds.push_back(seconds_since(start));
    step_done();
  }
  result.resident_bytes = read_process_memory().resident;
  result.kv_bytes = static_cast<std::uint64_t>(inference.cache().bytes_per_position() * inference.position());

  inference.reset();
  if (!held.empty()) inference.forward(held);
  engine.seconds = 0;
  inference.time_operators([&result](const Op& op, double seconds) { add_to(result.step, op.kind, seconds); });
  decode(inference, steps);
  inference.time_operators({});
  const auto count = static_cast<double>(steps.size());
  DecodeBreakdown& step = result.step;
  step.ternary = engine.seconds;
  step.dequantise -= engine.seconds;
  for (double DecodeBreakdown::*part :
       {&DecodeBreakdown::ternary, &DecodeBreakdown::dequantise, &DecodeBreakdown::head, &DecodeBreakdown::attention,
        &DecodeBreakdown::norm, &DecodeBreakdown::quantise, &DecodeBreakdown::activation, &DecodeBreakdown::rest}) {
    step.*part /= count;
  }
  // Bytes are counted on steps of their own: the counting takes time too.
  engine.count_bytes = true;
  inference.reset();
  if (!held.empty()) {
    engine.count_bytes = false;
    inference.forward(held);
    engine.count_bytes = true;
  }
  decode(inference, steps);
  result.ternary_bytes = static_cast<double>(engine.bytes) / count;
  const DenseMatrix& head = model.shape.tied_embedding ? model.embedding : model.output;
  result.head_bytes = head.bytes.size();
  result.ternary_macs = static_cast<std::uint64_t>(inference.graph().ternary_weights());
  step_done();
  keep_better(result.limits, kernels::measure_machine_limits(kernels::best_isa(), pool, limits));
  step_done();
  return result;
}

std::uint64_t weight_bytes(const Model& model) {
  std::uint64_t bytes = model.embedding.bytes.size() + model.output.bytes.size();
  std::uint64_t floats = model.output_norm.size();
  for (const BlockWeights& block : model.blocks) {
    for (const std::vector<float>* gain :
         {&block.attn_norm, &block.attn_sub_norm, &block.ffn_norm, &block.ffn_sub_norm}) {
      floats += gain->size();
    }
    for (const BitLinearWeights* linear : {&block.attn_q, &block.attn_k, &block.attn_v, &block.attn_output,
                                           &block.ffn_gate, &block.ffn_up, &block.ffn_down}) {
      bytes += bytes_of(*linear);
    }
    bytes += block.ffn_router.bytes.size();
    for (const ExpertWeights& expert : block.experts) {
      floats += expert.ffn_sub_norm.size();
      for (const BitLinearWeights* linear : {&expert.ffn_gate, &expert.ffn_up, &expert.ffn_down}) {
        bytes += bytes_of(*linear);
      }
    }
  }
  return bytes + sizeof(float) * floats;
}

}  // namespace ternsim::model
