#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/shape.h"

namespace ternsim::model {

/// Which angles RoPE turns by, and which elements it pairs.
struct RopeOptions {
  std::int64_t head_dim = 2;  ///< d, even
  double theta = 10000.0;
  RopePairing pairing = RopePairing::Halves;
  double scale = 1.0;               ///< angles are divided by it
  std::vector<float> factors = {};  ///< (d/2), angle i is divided by factor i; empty: all 1
  /// RoundingPoints::rope_by_multiplication.
  bool by_multiplication = false;
  /// Cosines and sines, every product and every sum are rounded to bfloat16.
  bool bfloat16 = false;
};

/// Rotary position embedding: pair i of a head, elements (i, i + d/2) or (2i, 2i + 1), turns by
/// position * (((theta^(-2i/d)) / factor_i) / scale), in double; sines and cosines of that are rounded to float32 once
/// per position. For a pair (a, b): a' = a * cos - b * sin; b' = b * cos + a * sin, each operation rounded.
///
/// By multiplication, in float32: t_0 = position, t_{i+1} = t_i * (float)theta^(-2/d); the angle is
/// (t_i / factor_i) / (float)scale.
class Rope {
 public:
  /// Angles up to 2^20.
  explicit Rope(const RopeOptions& options);

  /// Makes the tables reach up to, not including, `positions`.
  void extend(std::int64_t positions);
  /// Turns `heads` heads of one token in place; x is (heads, d). `extend` covered the position before.
  void apply(std::int64_t position, std::span<float> x) const;

  /// cos or sin by position, (d/2).
  std::span<const float> cosines(std::int64_t position) const { return row(cos_, position); }
  std::span<const float> sines(std::int64_t position) const { return row(sin_, position); }

 private:
  std::span<const float> row(const std::vector<float>& table, std::int64_t position) const {
    return std::span<const float>(table).subspan(position * frequencies_.size(), frequencies_.size());
  }
  void add_turn(double angle);

  RopeOptions options_;
  std::vector<double> frequencies_;  ///< (d/2), factors and scale included
  float ratio_;                      ///< from one angle to the next, by multiplication
  std::vector<float> cos_;           ///< (positions, d/2)
  std::vector<float> sin_;
  std::int64_t positions_ = 0;
};

}  // namespace ternsim::model
