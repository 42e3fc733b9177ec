#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/weight_arena.h"

namespace ternsim::kernels {

/// A ternary matrix, row-major, two bits a weight, code = weight + 1 (0, 1, 2; 3 never occurs).
///
/// Each row is a run of blocks of 128 weights in 32 bytes: byte p (0..31) holds weights p, p+32, p+64, p+96 at bits
/// 7:6, 5:4, 3:2, 1:0 (the I2_S block of GGUF). Rows are padded to whole blocks with weight 0. Storage is 64-byte
/// aligned.
class PackedTernary {
 public:
  static constexpr std::int64_t kBlockWeights = 128;
  static constexpr std::int64_t kBlockBytes = 32;

  PackedTernary() = default;
  /// All weights zero. Throws std::bad_alloc when memory is short; shapes are the caller's to bound.
  PackedTernary(std::int64_t rows, std::int64_t cols);
  /// The same with storage from an arena.
  PackedTernary(std::int64_t rows, std::int64_t cols, WeightArena& arena);
  /// The same without the pass that sets weights to zero, for loaders that write every byte of every row, the padding
  /// included. Storage from the arena, or from the heap without one.
  static PackedTernary unfilled(std::int64_t rows, std::int64_t cols, WeightArena* arena);
  PackedTernary(PackedTernary&&) noexcept = default;
  PackedTernary& operator=(PackedTernary&&) noexcept = default;

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  /// Bytes from one row to the next.
  std::int64_t row_bytes() const { return blocks_per_row_ * kBlockBytes; }
  std::int64_t padded_cols() const { return blocks_per_row_ * kBlockWeights; }
  std::span<const std::uint8_t> row(std::int64_t r) const {
    return {codes_.get() + r * row_bytes(), static_cast<std::size_t>(row_bytes())};
  }
  /// The same to write to, for loaders that copy whole blocks; padding must stay weight 0.
  std::span<std::uint8_t> mutable_row(std::int64_t r) {
    forget_zero_rows();
    return {codes_.get() + r * row_bytes(), static_cast<std::size_t>(row_bytes())};
  }

  /// The weight, -1, 0 or +1.
  int weight(std::int64_t r, std::int64_t k) const {
    const std::int64_t in_block = k % kBlockWeights;
    const std::uint8_t byte = codes_.get()[r * row_bytes() + k / kBlockWeights * kBlockBytes + in_block % 32];
    return ((byte >> (6 - 2 * (in_block / 32))) & 3) - 1;
  }
  void set_weight(std::int64_t r, std::int64_t k, int w) {
    forget_zero_rows();
    const std::int64_t in_block = k % kBlockWeights;
    std::uint8_t& byte = codes_.get()[r * row_bytes() + k / kBlockWeights * kBlockBytes + in_block % 32];
    const auto shift = static_cast<int>(6 - 2 * (in_block / 32));
    byte = static_cast<std::uint8_t>((byte & ~(3 << shift)) | ((w + 1) << shift));
  }
  std::int64_t count_zeros() const;

  /// Notes which rows are all zero, so that products skip them without reading; for loaders to call once the weights
  /// are in. Products are right without it too; writing to the matrix drops what was noted.
  void index_zero_rows();
  /// The rows noted, ascending; empty where `index_zero_rows` was not called.
  std::span<const std::int32_t> zero_rows() const { return zero_rows_; }
  /// The other rows, ascending, where `zero_rows` is not empty.
  std::span<const std::int32_t> live_rows() const { return live_rows_; }

  /// Gives the storage back once a repacked copy has taken its place; the shape stays.
  void release() { codes_.reset(); }
  bool released() const { return codes_ == nullptr && rows_ > 0 && cols_ > 0; }

 private:
  PackedTernary(std::int64_t rows, std::int64_t cols, WeightArena* arena, bool fill);
  void forget_zero_rows() {
    if (zero_rows_.empty()) return;
    zero_rows_.clear();
    live_rows_.clear();
  }

  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::int64_t blocks_per_row_ = 0;
  std::shared_ptr<std::uint8_t[]> codes_;
  std::vector<std::int32_t> zero_rows_;
  std::vector<std::int32_t> live_rows_;
};

}  // namespace ternsim::kernels
