#include "kernels/packed_ternary.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>

namespace ternsim::kernels {

namespace {

/// Four codes of weight 0.
constexpr int kZeroByte = 0b01010101;

}  // namespace

PackedTernary::PackedTernary(std::int64_t rows, std::int64_t cols) : PackedTernary(rows, cols, nullptr, true) {}

PackedTernary::PackedTernary(std::int64_t rows, std::int64_t cols, WeightArena& arena)
    : PackedTernary(rows, cols, &arena, true) {}

PackedTernary PackedTernary::unfilled(std::int64_t rows, std::int64_t cols, WeightArena* arena) {
  return PackedTernary(rows, cols, arena, false);
}

PackedTernary::PackedTernary(std::int64_t rows, std::int64_t cols, WeightArena* arena, bool fill)
    : rows_(rows), cols_(cols) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (rows < 0 || cols < 0 || cols > kMax - kBlockWeights) throw std::bad_alloc();
  blocks_per_row_ = (cols + kBlockWeights - 1) / kBlockWeights;
  if (rows == 0 || blocks_per_row_ == 0) return;
  if (rows > kMax / 2 / row_bytes()) throw std::bad_alloc();
  const auto bytes = static_cast<std::size_t>(rows * row_bytes());
  codes_ = arena != nullptr ? arena->allocate(bytes) : allocate_aligned(bytes);
  if (fill) std::memset(codes_.get(), kZeroByte, bytes);
}

void PackedTernary::index_zero_rows() {
  forget_zero_rows();
  if (rows_ > std::numeric_limits<std::int32_t>::max() || released()) return;
  for (std::int64_t r = 0; r < rows_; ++r) {
    const auto is_zero = [](std::uint8_t byte) { return byte == kZeroByte; };
    std::vector<std::int32_t>& rows = std::ranges::all_of(row(r), is_zero) ? zero_rows_ : live_rows_;
    rows.push_back(static_cast<std::int32_t>(r));
  }
  if (zero_rows_.empty()) live_rows_ = {};
}

std::int64_t PackedTernary::count_zeros() const {
  std::int64_t zeros = 0;
  const std::int64_t bytes = rows_ * row_bytes();  // a multiple of 32
  for (std::int64_t i = 0; i < bytes; i += 8) {
    std::uint64_t codes;
    std::memcpy(&codes, codes_.get() + i, sizeof codes);
    zeros += std::popcount(codes & ~(codes >> 1) & 0x5555555555555555ULL);
  }
  return zeros - rows_ * (padded_cols() - cols_);
}

}  // namespace ternsim::kernels
