#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/packed_ternary.h"
#include "kernels/repacked_ternary.h"
#include "kernels/ternary_gemm.h"

namespace ternsim::model {

/// One BitLinear's integer product: sums[t][r] = sum_k weights[r][k] * activations[t][k].
struct Matmul {
  const kernels::PackedTernary& weights;     ///< (rows, cols)
  std::span<const std::int8_t> activations;  ///< (tokens, cols), row-major
  std::int64_t tokens;
  int layer;              ///< for messages and fault injection
  std::string_view name;  ///< "blk.3.attn_q"
  /// The same weights in a packing of the CPU kernels' own; where not null, `weights` may have no storage.
  const kernels::RepackedTernary* repacked = nullptr;
};

/// What an engine did so far.
struct EngineCounters {
  std::uint64_t matmuls = 0;
  std::uint64_t tiles = 0;  ///< pieces of matmul that the engine was given at a time
  /// Weight-activation pairs summed, padding left out. The CPU body counts those of the products it was called with;
  /// SystemC counts tile by tile and RTL beat by beat, as the machine takes them in.
  std::uint64_t lane_adds = 0;
  std::uint64_t cycles = 0;  ///< clock cycles of the machine modelled; 0 where there is no clock
};

/// The integer matrix product of the reference inference, with three bodies: CPU kernels, SystemC, Verilated RTL.
///
/// Contract: sums are exact int32 for any int8 activations (-128 included); the same call gives the same sums on every
/// body. An engine may keep state between calls (a simulation's clock) but no values.
class MatrixEngine {
 public:
  virtual ~MatrixEngine() = default;
  virtual std::string_view name() const = 0;
  /// `sums` is (tokens, rows), row-major. Throws std::invalid_argument on sizes that do not fit one another.
  virtual void multiply(const Matmul& matmul, std::span<std::int32_t> sums) = 0;
  /// The same product with its sums handed on in blocks of rows instead, for callers that go through them once. False,
  /// with nothing done, where the body has no such product for this matrix.
  virtual bool multiply_blocks(const Matmul& matmul, const kernels::TakeSums& take) {
    static_cast<void>(matmul);
    static_cast<void>(take);
    return false;
  }
  const EngineCounters& counters() const { return counters_; }

 protected:
  /// Checks the sizes of a call; every body calls it first.
  static void check(const Matmul& matmul, std::span<std::int32_t> sums);
  static void check(const Matmul& matmul);
  EngineCounters counters_;
};

}  // namespace ternsim::model
