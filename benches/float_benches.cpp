#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "benches/benches.h"
#include "benches/limits.h"
#include "model/attention.h"
#include "model/dense.h"
#include "model/float_ops.h"
#include "model/quantised_blocks.h"
#include "model/quantised_head.h"

namespace ternsim::benches {

namespace {

using benchmark::Counter;

// BitNet b1.58 2B4T (arXiv 2504.12285).
constexpr std::int64_t kWidth = 2560;
constexpr std::int64_t kFfn = 6912;
constexpr std::int64_t kVocabulary = 128256;
constexpr std::int64_t kHeadDim = 128;
constexpr std::int64_t kKvLength = 640;

std::vector<float> random_row(std::int64_t width, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> row(static_cast<std::size_t>(width));
  for (float& x : row) x = static_cast<float>(2.0 * random.uniform() - 1.0);
  return row;
}

/// One call of an operation on rows that stay in the cache.
void add_row_operation(const std::string& name, std::int64_t width, const std::function<void()>& operation) {
  benchmark::RegisterBenchmark(name.c_str(), [operation, width](benchmark::State& state) {
    for (auto _ : state) {
      operation();
      benchmark::ClobberMemory();
    }
    state.counters["elements_per_second"] = Counter(static_cast<double>(width), Counter::kIsIterationInvariantRate);
  });
}

void register_row_operations() {
  for (const std::int64_t width : {kWidth, kFfn}) {
    const std::vector<float> x = random_row(width, 1);
    const std::vector<float> gain = random_row(width, 2);
    const auto n = static_cast<std::size_t>(width);
    add_row_operation(fmt::format("rms_norm/{}", width), width,
                      [x, gain, y = std::vector<float>(n)]() mutable { model::rms_norm(x, gain, 1e-5F, y); });
    add_row_operation(fmt::format("quantise_absmax/{}", width), width, [x, q = std::vector<std::int8_t>(n)]() mutable {
      benchmark::DoNotOptimize(model::quantise_absmax(x, q));
    });
    add_row_operation(fmt::format("dequantise/{}", width), width,
                      [sums = std::vector<std::int32_t>(n, 12345), y = std::vector<float>(n)]() mutable {
                        model::dequantise(sums, 3.0F, 0.5F, y);
                      });
    add_row_operation(fmt::format("squared_relu_gate/{}", width), width,
                      [x, gain, y = std::vector<float>(n)]() mutable { model::squared_relu_gate(x, gain, y); });
    add_row_operation(fmt::format("swiglu_gate/{}", width), width,
                      [x, gain, y = std::vector<float>(n)]() mutable { model::swiglu_gate(x, gain, y); });
  }
}

void run_attention(benchmark::State& state, std::int64_t positions) {
  const std::vector<float> query = random_row(kHeadDim, 3);
  const std::vector<float> keys = random_row(positions * kKvLength, 4);
  const std::vector<float> values = random_row(positions * kKvLength, 5);
  std::vector<float> scores(static_cast<std::size_t>(positions));
  std::vector<float> out(static_cast<std::size_t>(kHeadDim));
  for (auto _ : state) {
    benchmark::DoNotOptimize(model::attend(query, keys.data(), values.data(), kKvLength, positions, scores, out));
  }
  state.counters["mac_per_second"] =
      Counter(static_cast<double>(2 * positions * kHeadDim), Counter::kIsIterationInvariantRate);
}

/// Rows repeat, but the bytes are far more than a cache: each call reads all of them from memory.
model::DenseMatrix head_of(model::ElementType type) {
  constexpr std::int64_t kDistinct = 64;
  model::DenseMatrix head;
  head.type = type;
  head.rows = kVocabulary;
  head.cols = kWidth;
  const std::int64_t bytes = model::row_bytes(type, kWidth);
  head.bytes.resize(static_cast<std::size_t>(bytes * kVocabulary));
  const std::span<std::uint8_t> all(head.bytes);
  for (std::int64_t r = 0; r < kVocabulary; ++r) {
    const std::span<std::uint8_t> row = all.subspan(r * bytes, bytes);
    if (r < kDistinct) {
      model::encode_row(type, random_row(kWidth, static_cast<std::uint64_t>(100 + r)), row);
    } else {
      std::ranges::copy(all.subspan(r % kDistinct * bytes, bytes), row.begin());
    }
  }
  model::prepare_head(head);
  return head;
}

void run_head(benchmark::State& state, model::ElementType type, int threads) {
  const model::DenseMatrix head = head_of(type);
  const std::vector<float> x = random_row(kWidth, 6);
  std::vector<float> logits(static_cast<std::size_t>(kVocabulary));
  const double limit = limits_of(kernels::best_isa(), threads).best_read().gb_per_s * 1e9;
  kernels::ThreadPool& pool = pool_of(threads);
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    model::dense_product(head, x, 1, logits, &pool);
    benchmark::DoNotOptimize(logits.data());
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const auto bytes = static_cast<double>(head.bytes.size());
  state.counters["bytes_per_second"] = Counter(bytes, Counter::kIsIterationInvariantRate, Counter::kIs1000);
  state.counters["of_read"] = bytes * static_cast<double>(state.iterations()) / elapsed.count() / limit;
}

}  // namespace

void register_float_benches() {
  register_row_operations();
  for (const std::int64_t positions : {128, 1024, 4096}) {
    benchmark::RegisterBenchmark(fmt::format("attend/positions:{}", positions).c_str(),
                                 [positions](benchmark::State& state) { run_attention(state, positions); });
  }
  using model::ElementType;
  for (const ElementType type : {ElementType::F16, ElementType::Q8_0, ElementType::Q6_K, ElementType::Q4_0}) {
    for (const int threads : thread_counts()) {
      benchmark::RegisterBenchmark(fmt::format("head/{}/threads:{}/cold", name_of(type), threads).c_str(),
                                   [type, threads](benchmark::State& state) { run_head(state, type, threads); })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace ternsim::benches
