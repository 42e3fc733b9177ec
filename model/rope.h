#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ternsim::model {

/// Rotary position embedding, halves ("NEOX") style: element i and i + d/2 of a head turn by position * theta^(-2i/d).
/// Angles, sines and cosines are computed in double and rounded to float32 once per position.
class Rope {
 public:
  /// d is even; positions up to 2^20.
  Rope(std::int64_t head_dim, double theta);

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
  std::vector<double> frequencies_;  ///< (d/2)
  std::vector<float> cos_;           ///< (positions, d/2)
  std::vector<float> sin_;
  std::int64_t positions_ = 0;
};

}  // namespace ternsim::model
