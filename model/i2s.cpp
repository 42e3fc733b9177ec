#include "model/i2s.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/row_codes.h"
#include "model/ternary_codecs.h"

namespace ternsim::model {

namespace {

struct Place {
  std::int64_t byte;
  int shift;
};

// Where weight `i` of the flattened tensor stands.
Place place_of(std::int64_t i, I2sLayout layout) {
  const std::int64_t block = i2s_block(layout);
  const std::int64_t quarter = block / 4;  // bytes of a block
  const std::int64_t in_block = i % block;
  return {i / block * quarter + in_block % quarter, static_cast<int>(6 - 2 * (in_block / quarter))};
}

// Bits that are set where a code is 3.
std::uint8_t code_3(std::span<const std::uint8_t> codes) {
  std::uint8_t found = 0;
  for (const std::uint8_t b : codes) found = static_cast<std::uint8_t>(found | (b & (b >> 1) & 0x55));
  return found;
}

// `codes` begin with weight `first`.
[[noreturn]] void refuse_code_3(std::span<const std::uint8_t> codes, std::int64_t first, std::int64_t cols,
                                I2sLayout layout, const std::string& where) {
  std::int64_t i = 0;
  for (;; ++i) {
    const Place at = place_of(i, layout);
    if (((codes[static_cast<std::size_t>(at.byte)] >> at.shift) & 3) == 3) break;
  }
  i += first;
  throw InputError(
      fmt::format("{}: code 3, which is no ternary weight, at row {}, column {} (byte {} of the tensor); the "
                  "file is damaged, or type id 36 is not I2_S in it",
                  where, i / cols, i % cols, place_of(i, layout).byte));
}

// `blocks` of a layout to one byte a weight, and back. Those of 128 are the packed rows' own.
void unpack_blocks(I2sLayout layout, const std::uint8_t* bytes, std::int64_t blocks, std::uint8_t* codes) {
  if (layout == I2sLayout::Blocks128) return kernels::unpack_codes(bytes, blocks, codes);
  for (std::int64_t b = 0; b < blocks; ++b, bytes += 16, codes += 64)
    for (std::size_t quarter = 0; quarter < 4; ++quarter)
      for (std::size_t p = 0; p < 16; ++p)
        codes[p + 16 * quarter] = static_cast<std::uint8_t>((bytes[p] >> (6 - 2 * quarter)) & 3);
}
void pack_blocks(I2sLayout layout, const std::uint8_t* codes, std::int64_t blocks, std::uint8_t* bytes) {
  if (layout == I2sLayout::Blocks128) return kernels::pack_codes(codes, blocks, bytes);
  for (std::int64_t b = 0; b < blocks; ++b, bytes += 16, codes += 64)
    for (std::size_t p = 0; p < 16; ++p)
      bytes[p] = static_cast<std::uint8_t>(codes[p] << 6 | codes[p + 16] << 4 | codes[p + 32] << 2 | codes[p + 48]);
}

// The packed matrix has I2_S blocks of 128 itself, but starts each row with a new one.
bool same_layout(std::int64_t cols, I2sLayout layout) {
  return layout == I2sLayout::Blocks128 && cols % kernels::PackedTernary::kBlockWeights == 0;
}

// Rows are whole blocks of the packed matrix's own kind: copied as they are, checked while they are in the cache.
void read_same(const TensorSource& source, I2sLayout layout, kernels::PackedTernary& out) {
  constexpr std::int64_t kPiece = std::int64_t{1} << 18;
  const std::int64_t row_bytes = out.row_bytes();
  const std::int64_t step = std::max<std::int64_t>(kPiece / row_bytes, 1);
  for (std::int64_t r = 0; r < out.rows(); r += step) {
    const auto size = static_cast<std::size_t>(std::min(step, out.rows() - r) * row_bytes);
    const std::span<std::uint8_t> piece(out.mutable_row(r).data(), size);
    source.read(static_cast<std::uint64_t>(r * row_bytes), piece);
    if (code_3(piece) != 0) refuse_code_3(piece, r * out.cols(), out.cols(), layout, source.where);
  }
}

// Any other: each row's blocks are unpacked, those that it shares with its neighbours once for each.
void read_straddling(const TensorSource& source, I2sLayout layout, kernels::PackedTernary& out) {
  const std::int64_t cols = out.cols();
  const std::int64_t block = i2s_block(layout);
  const std::int64_t block_bytes = block / 4;
  const std::int64_t rows_a_piece = std::max<std::int64_t>((std::int64_t{1} << 20) / cols, 1);
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> codes;
  for (std::int64_t r = 0; r < out.rows(); r += rows_a_piece) {
    const std::int64_t rows = std::min(rows_a_piece, out.rows() - r);
    const std::int64_t first = r * cols / block;
    const std::int64_t last = ((r + rows) * cols + block - 1) / block;
    bytes.resize(static_cast<std::size_t>((last - first) * block_bytes));
    codes.resize(static_cast<std::size_t>((last - first) * block));
    source.read(static_cast<std::uint64_t>(first * block_bytes), bytes);
    if (code_3(bytes) != 0) refuse_code_3(bytes, first * block, cols, layout, source.where);
    unpack_blocks(layout, bytes.data(), last - first, codes.data());
    for (std::int64_t i = 0; i < rows; ++i)
      pack_codes({codes.data() + (r + i) * cols - first * block, static_cast<std::size_t>(cols)},
                 out.mutable_row(r + i));
  }
}

}  // namespace

BitLinearWeights read_i2s(const TensorSource& source, std::int64_t rows, std::int64_t cols, I2sLayout layout,
                          kernels::WeightArena* arena) {
  const std::int64_t weights = rows * cols;
  if (weights % i2s_block(layout) != 0)
    throw InputError(
        fmt::format("{}: {} x {} weights are no multiple of I2_S's block of {}; quantise it with padded rows",
                    source.where, rows, cols, i2s_block(layout)));
  if (source.bytes != i2s_bytes(static_cast<std::uint64_t>(weights)))
    throw InputError(fmt::format("{}: {} bytes for {} x {} weights in I2_S; {} expected", source.where, source.bytes,
                                 rows, cols, i2s_bytes(static_cast<std::uint64_t>(weights))));
  BitLinearWeights out{kernels::PackedTernary::unfilled(rows, cols, arena), {}, 0.0F};
  std::array<std::uint8_t, sizeof(float)> scale;
  source.read(static_cast<std::uint64_t>(weights / 4), scale);
  std::memcpy(&out.scale, scale.data(), sizeof out.scale);
  if (!std::isfinite(out.scale) || out.scale < 0)
    throw InputError(fmt::format("{}: its scale is {}; a finite number from 0 up expected", source.where, out.scale));
  if (same_layout(cols, layout))
    read_same(source, layout, out.codes);
  else
    read_straddling(source, layout, out.codes);
  return out;
}

BitLinearWeights read_i2s(std::span<const std::uint8_t> bytes, std::int64_t rows, std::int64_t cols, I2sLayout layout,
                          const std::string& where) {
  return read_i2s(source_of(bytes, where), rows, cols, layout);
}

std::vector<std::uint8_t> write_i2s(const BitLinearWeights& weights, I2sLayout layout, const std::string& where) {
  const kernels::PackedTernary& matrix = weights.codes;
  const std::int64_t cols = matrix.cols();
  const std::int64_t count = matrix.rows() * cols;
  const std::int64_t block = i2s_block(layout);
  if (count % block != 0)
    throw RequestError(fmt::format("{}: {} x {} weights are no multiple of I2_S's block of {}; pad the rows", where,
                                   matrix.rows(), cols, block));
  std::vector<std::uint8_t> bytes(i2s_bytes(static_cast<std::uint64_t>(count)));
  std::memcpy(bytes.data() + count / 4, &weights.scale, sizeof weights.scale);
  if (same_layout(cols, layout)) {
    for (std::int64_t r = 0; r < matrix.rows(); ++r)
      std::memcpy(bytes.data() + r * matrix.row_bytes(), matrix.row(r).data(), matrix.row(r).size());
    return bytes;
  }
  // Rows go through a buffer that hands on whole blocks and keeps the rest for the next row.
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(cols + block));
  std::int64_t held = 0;
  std::uint8_t* to = bytes.data();
  for (std::int64_t r = 0; r < matrix.rows(); ++r) {
    unpack_codes(matrix.row(r), {codes.data() + held, static_cast<std::size_t>(cols)});
    held += cols;
    const std::int64_t used = held / block * block;
    pack_blocks(layout, codes.data(), held / block, to);
    to += used / 4;
    std::memmove(codes.data(), codes.data() + used, static_cast<std::size_t>(held - used));
    held -= used;
  }
  return bytes;
}

}  // namespace ternsim::model
