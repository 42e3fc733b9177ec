#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/weight_arena.h"
#include "model/load_jobs.h"
#include "model/load_options.h"
#include "model/tensor_source.h"
#include "model/weights.h"

namespace ternsim::model {

/// Fills a model's matrices from its files' bytes on several threads, whatever the container. Requests come in the
/// order in which errors are to be reported; `run` does the work. What is to be filled stays where it is until then.
class WeightReader {
 public:
  /// `linear_bytes`: about how much the ternary matrices will take in memory, so that a small model takes few pages.
  WeightReader(const LoadOptions& options, std::uint64_t linear_bytes);

  /// Any function that reads one BitLinear, given where its storage is to come from.
  using ReadLinear = std::function<BitLinearWeights(kernels::WeightArena*)>;
  /// Then packs it as the options want.
  void linear(BitLinearWeights& to, std::uint64_t bytes, bool is_down, ReadLinear read);
  /// A dense matrix in its own element type; refuses NaN and infinity. The source's size has been held against the
  /// shape.
  void dense(DenseMatrix& to, ElementType type, std::int64_t rows, std::int64_t cols, const TensorSource& source);
  /// Values as float32, exactly; the same checks.
  void floats(std::vector<float>& to, ElementType type, std::int64_t count, const TensorSource& source);
  void run() { jobs_.run(options_.threads); }

 private:
  const LoadOptions options_;
  std::unique_ptr<kernels::WeightArena> arena_;  // null: the heap
  LoadJobs jobs_;
};

/// InputError naming the source, row and column of a NaN or infinity. The piece starts with
/// row `first`.
void refuse_not_finite(const TensorSource& source, ElementType type, std::span<const std::uint8_t> piece,
                       std::int64_t first, std::int64_t cols);

}  // namespace ternsim::model
