#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/repacked_ternary.h"

namespace ternsim::kernels {
class ThreadPool;
}

namespace ternsim::benches {

struct Shape {
  std::int64_t rows;
  std::int64_t cols;
};

/// The BitLinear shapes of BitNet b1.58 2B4T (arXiv 2504.12285): k and v, q and o, gate and up, down.
inline constexpr Shape kShapes[] = {{640, 2560}, {2560, 2560}, {6912, 2560}, {2560, 6912}};

/// Copies of one random matrix in a packing, on huge pages. Cold data: so many that a product finds none of its weights
/// in a cache.
class Matrices {
 public:
  static constexpr std::int64_t kColdBytes = std::int64_t{1600} << 20;

  Matrices(kernels::Packing packing, Shape shape, bool cold);

  /// The product by the next copy in turn.
  void multiply(std::span<const std::int8_t> activations, std::int64_t tokens, std::span<std::int32_t> sums,
                kernels::Isa isa, kernels::ThreadPool& pool);
  std::uint64_t bytes_read(std::span<const std::int8_t> activations) const;

 private:
  std::vector<kernels::PackedTernary> two_bit_;  ///< one of the two is empty
  std::vector<kernels::RepackedTernary> repacked_;
  std::size_t next_ = 0;
};

/// The matrices last asked for are kept: benchmarks that follow one another share them.
Matrices& matrices_of(kernels::Packing packing, Shape shape, bool cold);

/// int8 values, `zeros` percent of them 0, the same each time.
std::vector<std::int8_t> random_activations(std::int64_t count, std::uint64_t zeros);

}  // namespace ternsim::benches
