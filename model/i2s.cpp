#include "model/i2s.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

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

[[noreturn]] void illegal_code(std::int64_t i, std::int64_t cols, I2sLayout layout, const std::string& where) {
  throw InputError(
      fmt::format("{}: code 3, which is no ternary weight, at row {}, column {} (byte {} of the tensor); the "
                  "file is damaged, or type id 36 is not I2_S in it",
                  where, i / cols, i % cols, place_of(i, layout).byte));
}

void check_codes(std::span<const std::uint8_t> codes, std::int64_t weights, std::int64_t cols, I2sLayout layout,
                 const std::string& where) {
  const bool illegal =
      std::any_of(codes.begin(), codes.end(), [](std::uint8_t b) { return (b & (b >> 1) & 0x55) != 0; });
  if (!illegal) return;
  for (std::int64_t i = 0; i < weights; ++i) {
    const Place at = place_of(i, layout);
    if (((codes[static_cast<std::size_t>(at.byte)] >> at.shift) & 3) == 3) illegal_code(i, cols, layout, where);
  }
}

// The packed matrix has I2_S blocks of 128 itself, but starts each row with a new one.
bool same_layout(std::int64_t cols, I2sLayout layout) {
  return layout == I2sLayout::Blocks128 && cols % kernels::PackedTernary::kBlockWeights == 0;
}

}  // namespace

BitLinearWeights read_i2s(std::span<const std::uint8_t> bytes, std::int64_t rows, std::int64_t cols, I2sLayout layout,
                          const std::string& where) {
  const std::int64_t weights = rows * cols;
  if (weights % i2s_block(layout) != 0)
    throw InputError(
        fmt::format("{}: {} x {} weights are no multiple of I2_S's block of {}; quantise it with padded rows", where,
                    rows, cols, i2s_block(layout)));
  if (bytes.size() != i2s_bytes(static_cast<std::uint64_t>(weights)))
    throw InputError(fmt::format("{}: {} bytes for {} x {} weights in I2_S; {} expected", where, bytes.size(), rows,
                                 cols, i2s_bytes(static_cast<std::uint64_t>(weights))));
  const auto codes = bytes.first(static_cast<std::size_t>(weights / 4));
  check_codes(codes, weights, cols, layout, where);

  BitLinearWeights out{kernels::PackedTernary(rows, cols), 0.0F};
  std::memcpy(&out.scale, bytes.data() + codes.size(), sizeof out.scale);
  if (!std::isfinite(out.scale) || out.scale < 0)
    throw InputError(fmt::format("{}: its scale is {}; a finite number from 0 up expected", where, out.scale));
  if (same_layout(cols, layout)) {
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(out.codes.mutable_row(r).data(), codes.data() + r * (cols / 4), static_cast<std::size_t>(cols / 4));
    return out;
  }
  std::int64_t i = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k, ++i) {
      const Place at = place_of(i, layout);
      out.codes.set_weight(r, k, ((codes[static_cast<std::size_t>(at.byte)] >> at.shift) & 3) - 1);
    }
  }
  return out;
}

std::vector<std::uint8_t> write_i2s(const BitLinearWeights& weights, I2sLayout layout, const std::string& where) {
  const kernels::PackedTernary& codes = weights.codes;
  const std::int64_t count = codes.rows() * codes.cols();
  if (count % i2s_block(layout) != 0)
    throw RequestError(fmt::format("{}: {} x {} weights are no multiple of I2_S's block of {}; pad the rows", where,
                                   codes.rows(), codes.cols(), i2s_block(layout)));
  std::vector<std::uint8_t> bytes(i2s_bytes(static_cast<std::uint64_t>(count)));
  if (same_layout(codes.cols(), layout)) {
    for (std::int64_t r = 0; r < codes.rows(); ++r)
      std::memcpy(bytes.data() + r * codes.row_bytes(), codes.row(r).data(), codes.row(r).size());
  } else {
    std::int64_t i = 0;
    for (std::int64_t r = 0; r < codes.rows(); ++r) {
      for (std::int64_t k = 0; k < codes.cols(); ++k, ++i) {
        const Place at = place_of(i, layout);
        std::uint8_t& byte = bytes[static_cast<std::size_t>(at.byte)];
        byte = static_cast<std::uint8_t>(byte | ((codes.weight(r, k) + 1) << at.shift));
      }
    }
  }
  std::memcpy(bytes.data() + count / 4, &weights.scale, sizeof weights.scale);
  return bytes;
}

}  // namespace ternsim::model
