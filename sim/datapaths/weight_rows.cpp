#include "sim/datapaths/weight_rows.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "sim/datapaths/target_clones.h"

namespace ternsim::sim {

using kernels::PackedTernary;

namespace {

// Plain int counters: with 64-bit ones GCC 12 does not vectorise the shifts of bytes.
TERNSIM_VECTOR_CLONES
void decode_blocks(const std::uint8_t* __restrict codes, std::int8_t* __restrict out, std::int64_t blocks) {
  for (std::int64_t b = 0; b < blocks; ++b, codes += 32)
    for (int quarter = 0; quarter < 4; ++quarter, out += 32)
      for (int p = 0; p < 32; ++p) out[p] = static_cast<std::int8_t>(((codes[p] >> (6 - 2 * quarter)) & 3) - 1);
}

/// The lowest bits of eight bytes as one byte, the first lowest.
std::uint64_t low_bits(std::uint64_t bytes) { return (bytes & 0x0101010101010101ULL) * 0x0102040810204080ULL >> 56; }

/// 64 columns of one half of a block. A code's low bit is clear exactly where the weight is -1 or +1.
std::uint64_t half_block(const std::uint8_t* codes, int half) {
  std::uint64_t bits = 0;
  for (int quarter = 0; quarter < 2; ++quarter)
    for (int group = 0; group < 4; ++group) {
      std::uint64_t bytes = 0;
      for (int i = 0; i < 8; ++i) bytes |= std::uint64_t{codes[8 * group + i]} << (8 * i);
      bits |= low_bits(~(bytes >> (6 - 2 * (2 * half + quarter)))) << (32 * quarter + 8 * group);
    }
  return bits;
}

}  // namespace

void decode_row(const PackedTernary& weights, std::int64_t row, std::int64_t col0, std::int64_t cols,
                std::span<std::int8_t> out) {
  const std::int64_t first = col0 / PackedTernary::kBlockWeights;
  const std::int64_t last = (col0 + cols + PackedTernary::kBlockWeights - 1) / PackedTernary::kBlockWeights;
  const std::uint8_t* codes = weights.row(row).data() + first * PackedTernary::kBlockBytes;
  const std::int64_t skip = col0 - first * PackedTernary::kBlockWeights;
  const std::int64_t whole = skip == 0 ? cols / PackedTernary::kBlockWeights : 0;
  decode_blocks(codes, out.data(), whole);
  for (std::int64_t b = whole; b < last - first; ++b) {
    std::int8_t block[PackedTernary::kBlockWeights];
    decode_blocks(codes + b * PackedTernary::kBlockBytes, block, 1);
    const std::int64_t from = std::max<std::int64_t>(b * PackedTernary::kBlockWeights, skip);
    const std::int64_t to = std::min((b + 1) * PackedTernary::kBlockWeights, skip + cols);
    std::copy(block + (from - b * PackedTernary::kBlockWeights), block + (to - b * PackedTernary::kBlockWeights),
              out.data() + (from - skip));
  }
  std::fill(out.begin() + cols, out.end(), std::int8_t{0});
}

void nonzero_bits(const PackedTernary& weights, std::int64_t row, std::int64_t col0, std::int64_t cols,
                  std::span<std::uint64_t> out) {
  const std::uint8_t* codes = weights.row(row).data();
  const auto word = [&](std::int64_t w) {  // columns 64 w ... 64 w + 63 of the matrix
    return w * 64 < weights.padded_cols()
               ? half_block(codes + w / 2 * PackedTernary::kBlockBytes, static_cast<int>(w % 2))
               : 0;
  };
  const std::int64_t words = (cols + 63) / 64;
  const auto shift = static_cast<int>(col0 % 64);
  for (std::int64_t i = 0; i < words; ++i) {
    std::uint64_t bits = word(col0 / 64 + i) >> shift;
    if (shift != 0) bits |= word(col0 / 64 + i + 1) << (64 - shift);
    out[static_cast<std::size_t>(i)] = bits;
  }
  if (cols % 64 != 0) out[static_cast<std::size_t>(words - 1)] &= (std::uint64_t{1} << (cols % 64)) - 1;
  std::fill(out.begin() + words, out.end(), 0);
}

}  // namespace ternsim::sim
