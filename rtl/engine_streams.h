#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "kernels/packed_ternary.h"
#include "rtl/tile_codes.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::rtl {

/// A command's data; what it points to must hold until its results have come.
struct EngineJob {
  const kernels::PackedTernary* weights;     ///< (rows, cols)
  std::span<const std::int8_t> activations;  ///< (tokens, cols), row-major
  std::int64_t tokens;
  std::span<std::int32_t> sums;  ///< (tokens, rows), row-major
};

/// The transfers of the engine's weight stream in its packing: for each row tile, for each column block, rows x lanes
/// codes.
class WeightStream {
 public:
  explicit WeightStream(const sim::EngineGeometry& geometry);

  void add(const EngineJob& job);
  void clear() { jobs_.clear(); }
  bool empty() const { return jobs_.empty(); }
  /// The present transfer; holds until advance().
  std::span<const std::uint8_t> data();
  /// It is its command's last.
  bool last() const;
  void advance();

 private:
  void begin();
  void load();

  std::int64_t rows_;
  std::int64_t transfer_codes_;
  TileCodes codes_;
  std::vector<std::uint8_t> base3_;  ///< the present transfer where the packing is base3, else empty
  std::deque<EngineJob> jobs_;
  std::int64_t row0_ = 0;
  std::int64_t beat_ = 0;
};

/// The transfers of the activation stream: for each group of up to `slots` tokens, for each column block, for each
/// token of the group, `lanes` activations; 0 past the last column.
class ActivationStream {
 public:
  explicit ActivationStream(const sim::EngineGeometry& geometry)
      : lanes_(geometry.unit.lanes), slots_(geometry.unit.slots), tail_(static_cast<std::size_t>(lanes_)) {}

  void add(const EngineJob& job);
  void clear() { jobs_.clear(); }
  bool empty() const { return jobs_.empty(); }
  std::span<const std::int8_t> data();
  bool last() const;
  void advance();

 private:
  std::int64_t group_tokens() const;
  std::int64_t blocks() const;

  std::int64_t lanes_;
  std::int64_t slots_;
  std::deque<EngineJob> jobs_;
  std::int64_t group_ = 0;  ///< its first token
  std::int64_t block_ = 0;
  std::int64_t token_ = 0;  ///< within the group
  std::vector<std::int8_t> tail_;
};

/// Where the transfers of the result stream belong: for each row tile, for each token, the tile's sums.
class ResultStream {
 public:
  explicit ResultStream(const sim::EngineGeometry& geometry) : rows_(geometry.unit.rows) {}

  void add(const EngineJob& job);
  void clear() { jobs_.clear(); }
  bool empty() const { return jobs_.empty(); }
  /// The transfer that is due is its command's last.
  bool last() const;
  /// Puts the sums of the transfer that is due in place; (rows of the unit), those past the last row are dropped.
  void take(std::span<const std::int32_t> sums);

 private:
  std::int64_t rows_;
  std::deque<EngineJob> jobs_;
  std::int64_t row0_ = 0;
  std::int64_t token_ = 0;
};

}  // namespace ternsim::rtl
