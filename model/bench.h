#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/statistic.h"
#include "kernels/machine_limits.h"
#include "kernels/thread_pool.h"
#include "model/inference_options.h"
#include "model/process_memory.h"
#include "model/weights.h"

namespace ternsim::model {

struct BenchOptions {
  std::int64_t prefill = 128;  ///< tokens of one prefill, from an empty sequence
  std::int64_t decode = 64;    ///< tokens decoded one by one
  std::int64_t context = 128;  ///< positions held when the decoding begins
  std::int64_t repeats = 3;
  std::size_t limit_bytes = std::size_t{1} << 30;  ///< memory that the machine's limits are measured on
};

/// What the caller did before: how the model was loaded.
struct BenchLoad {
  double seconds = 0;  ///< reading, repacking and reordering
  ProcessMemory memory;
};

/// Seconds of a decode step by kind of operator, averaged over the steps of a pass of its own.
struct DecodeBreakdown {
  double ternary = 0;     ///< the integer products, in the two-bit packing with the dequantisation of their sums
  double dequantise = 0;  ///< the rest of the BitLinears: with other packings, the dequantisation
  double head = 0;
  double attention = 0;
  double norm = 0;
  double quantise = 0;
  double activation = 0;
  double rest = 0;  ///< embedding, RoPE, residual, routing
  double total() const;
};

/// What was measured.
struct BenchResult {
  std::vector<double> prefill_seconds;  ///< by repeat, one prefill
  std::vector<double> decode_seconds;   ///< by repeat, all tokens
  DecodeBreakdown step;
  double ternary_bytes = 0;  ///< read for a token, averaged over the breakdown's steps
  std::uint64_t head_bytes = 0;
  std::uint64_t ternary_macs = 0;    ///< of one token
  std::uint64_t kv_bytes = 0;        ///< held at the end of the decoding
  std::uint64_t resident_bytes = 0;  ///< with the sequence of the last repeat
  kernels::MachineLimits limits;     ///< of two measurements, before and after, the better of each figure
};

/// Called after each part of the work: how many parts are done, of bench_parts.
using BenchProgress = std::function<void()>;
std::uint64_t bench_parts(const BenchOptions& options);

/// Times prefill and decode on the CPU kernels and measures the machine's limits around that, all on `pool`. Tokens are
/// pseudo-random ids, the same in every run: speed does not depend on what is said, and sampling is not part of it. The
/// first repeat comes after a pass that warms caches and buffers up. Throws RequestError when the sequences exceed the
/// model's context length.
BenchResult run_bench(const Model& model, kernels::ThreadPool& pool, InferenceOptions options,
                      const BenchOptions& bench, const BenchProgress& progress = {});

/// Bytes of all weights in memory, each once.
std::uint64_t weight_bytes(const Model& model);

/// The results as a node "bench".
StatisticNode bench_report(const Model& model, const kernels::ThreadPool& pool, const BenchOptions& options,
                           const BenchLoad& load, const BenchResult& result);

}  // namespace ternsim::model
