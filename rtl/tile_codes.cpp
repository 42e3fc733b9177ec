#include "rtl/tile_codes.h"

#include <algorithm>
#include <cstring>

namespace ternsim::rtl {

namespace {

constexpr std::uint8_t kFourZeroWeights = 0x55;

/// Two-bit codes at bits 1:0, 9:8, 17:16, 25:24 moved together into the low byte.
std::uint8_t gather(std::uint32_t codes) {
  return static_cast<std::uint8_t>(codes | codes >> 6 | codes >> 12 | codes >> 18);
}

}  // namespace

TileCodes::TileCodes(const sim::MatrixGeometry& geometry)
    : lanes_(geometry.lanes), beat_bytes_((std::int64_t{geometry.rows} * geometry.lanes * 2 + 7) / 8) {}

void TileCodes::unpack_row(const kernels::PackedTernary& weights, std::int64_t row) {
  const std::span<const std::uint8_t> packed = weights.row(row);
  const std::int64_t blocks = weights.row_bytes() / kernels::PackedTernary::kBlockBytes;
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (int j = 0; j < 8; ++j) {
      // Byte p of a block holds weights p, p + 32, p + 64, p + 96: four bytes give four runs of four weights.
      const std::uint8_t* in = &packed[static_cast<std::size_t>(b * 32 + 4 * j)];
      const std::uint32_t four =
          std::uint32_t{in[0]} | std::uint32_t{in[1]} << 8 | std::uint32_t{in[2]} << 16 | std::uint32_t{in[3]} << 24;
      for (int run = 0; run < 4; ++run) {
        row_[static_cast<std::size_t>(b * 32 + 8 * run + j)] = gather(four >> (6 - 2 * run) & 0x03030303U);
      }
    }
  }
  // Past the last column: weight 0, whatever the padding holds.
  const std::int64_t cols = weights.cols();
  std::int64_t whole = cols / 4;
  if (cols % 4 != 0) {
    const auto used = static_cast<std::uint8_t>((1U << 2 * (cols % 4)) - 1);
    std::uint8_t& byte = row_[static_cast<std::size_t>(whole++)];
    byte = static_cast<std::uint8_t>((byte & used) | (kFourZeroWeights & ~used));
  }
  std::fill(row_.begin() + whole, row_.end(), kFourZeroWeights);
}

void TileCodes::load(const kernels::PackedTernary& weights, std::int64_t row0, std::int64_t rows) {
  beats_ = (weights.cols() + lanes_ - 1) / lanes_;
  row_.resize(static_cast<std::size_t>(std::max(weights.row_bytes(), (beats_ * lanes_ + 3) / 4)));
  codes_.assign(static_cast<std::size_t>(beats_ * beat_bytes_), kFourZeroWeights);
  for (std::int64_t r = 0; r < rows; ++r) {
    unpack_row(weights, row0 + r);
    for (std::int64_t k = 0; k < beats_; ++k) {
      std::uint8_t* beat = codes_.data() + k * beat_bytes_;
      if (lanes_ >= 4) {
        std::memcpy(beat + r * lanes_ / 4, row_.data() + k * lanes_ / 4, static_cast<std::size_t>(lanes_ / 4));
      } else {  // two lanes: half a byte
        const auto codes = static_cast<std::uint8_t>(row_[static_cast<std::size_t>(k / 2)] >> 4 * (k % 2) & 0xF);
        std::uint8_t& byte = beat[r / 2];
        const auto shift = static_cast<int>(4 * (r % 2));
        byte = static_cast<std::uint8_t>((byte & ~(0xF << shift)) | codes << shift);
      }
    }
  }
}

}  // namespace ternsim::rtl
