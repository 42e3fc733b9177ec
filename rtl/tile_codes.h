#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/packed_ternary.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::rtl {

/// The weight codes of one row tile in the bit order of the unit's weight port, beat by beat: rows x lanes 2-bit codes,
/// row-major, the first in the lowest bits. Rows and lanes without a weight get code 1 (weight 0).
///
/// A tile's codes are laid out once, four weights at a time, and serve all of its tokens: a fraction of the time that
/// simulating one beat takes, so nothing is kept between tiles.
class TileCodes {
 public:
  explicit TileCodes(const sim::MatrixGeometry& geometry);

  /// Lays out rows row0 .. row0 + rows - 1 of `weights`; rows <= geometry.rows.
  void load(const kernels::PackedTernary& weights, std::int64_t row0, std::int64_t rows);
  std::int64_t beats() const { return beats_; }
  /// The port's bytes for columns k * lanes .. (k + 1) * lanes - 1.
  std::span<const std::uint8_t> beat(std::int64_t k) const {
    return {codes_.data() + k * beat_bytes_, static_cast<std::size_t>(beat_bytes_)};
  }

 private:
  void unpack_row(const kernels::PackedTernary& weights, std::int64_t row);

  std::int64_t lanes_;
  std::int64_t beat_bytes_;
  std::int64_t beats_ = 0;
  std::vector<std::uint8_t> row_;    ///< one row's codes in column order, four a byte, (beats * lanes / 4) or more
  std::vector<std::uint8_t> codes_;  ///< (beats, beat_bytes)
};

}  // namespace ternsim::rtl
