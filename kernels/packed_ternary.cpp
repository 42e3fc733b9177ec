#include "kernels/packed_ternary.h"

#include <bit>
#include <cstring>
#include <limits>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace ternsim::kernels {

namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Four codes of weight 0.
constexpr int kZeroByte = 0b01010101;

}  // namespace

PackedTernary::PackedTernary(std::int64_t rows, std::int64_t cols) : rows_(rows), cols_(cols) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (rows < 0 || cols < 0 || cols > kMax - kBlockWeights) throw std::bad_alloc();
  blocks_per_row_ = (cols + kBlockWeights - 1) / kBlockWeights;
  if (rows == 0 || blocks_per_row_ == 0) return;
  if (rows > (kMax - static_cast<std::int64_t>(kHugePage)) / row_bytes()) throw std::bad_alloc();

  const auto bytes = static_cast<std::size_t>(rows * row_bytes());
  // A row-wise stream over large pages reads memory about 1.6 times as fast as over 4 KiB pages.
  const std::size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kCacheLine;
  const std::size_t allocated = (bytes + alignment - 1) / alignment * alignment;
  codes_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(alignment, allocated)));
  if (!codes_) throw std::bad_alloc();
#ifdef __linux__
  // Advice only: without it the matrix works as well, from small pages.
  if (alignment == kHugePage) madvise(codes_.get(), allocated, MADV_HUGEPAGE);
#endif
  std::memset(codes_.get(), kZeroByte, allocated);
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
