#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "kernels/dispatch.h"
#include "kernels/packed_ternary.h"

namespace ternsim::kernels {

/// How a ternary matrix lies in memory for the CPU kernels. Products are the same on each; bytes and speed differ.
enum class Packing {
  TwoBit,         ///< PackedTernary itself: 2 bits a weight, row by row
  TwoBitColumns,  ///< 2 bits a weight, grouped by input, so that inputs that are zero cost no memory read
  Base3,          ///< five weights a byte as a base-3 number: 1.6 bits a weight, row by row
  PairLookup,     ///< a 4-bit index for two weights (TL1-like): 2 bits a weight, tiles of rows
  TripleLookup    ///< a sign bit and a 4-bit magnitude index for three weights (TL2-like): 1.67 bits a weight
};
std::string_view name_of(Packing packing);

/// A ternary matrix in a packing other than TwoBit; made by `repack`.
class RepackedTernary {
 public:
  RepackedTernary() = default;
  RepackedTernary(Packing packing, std::int64_t rows, std::int64_t cols, std::shared_ptr<std::uint8_t[]> bytes,
                  std::size_t size)
      : packing_(packing), rows_(rows), cols_(cols), bytes_(std::move(bytes)), size_(size) {}

  bool empty() const { return bytes_ == nullptr; }
  Packing packing() const { return packing_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_}; }

 private:
  Packing packing_ = Packing::TwoBit;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::shared_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

class ThreadPool;

/// `weights` in `packing` (not TwoBit), with storage from `arena` where given. Throws std::invalid_argument when cols
/// exceed kMaxCols or the storage has been released, std::bad_alloc when memory is short.
RepackedTernary repack(const PackedTernary& weights, Packing packing, WeightArena* arena = nullptr);
/// The inverse.
PackedTernary unpack(const RepackedTernary& weights);

/// The product of ternary_gemm.h on a repacked matrix: same sums, same errors.
void ternary_gemm(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                  std::span<std::int32_t> sums, Isa isa, ThreadPool* pool = nullptr);

/// Bytes of weights that a product by this one token's activations (cols) reads from memory.
std::uint64_t bytes_read(const RepackedTernary& weights, std::span<const std::int8_t> activations);

}  // namespace ternsim::kernels
