#pragma once

#include <array>

namespace ternsim::energy {

/// The narrowest and widest integer operand that the width formulas serve.
inline constexpr int kMinWidthBits = 1;
inline constexpr int kMaxWidthBits = 64;

/// A ripple of full adders costs the same per bit: the straight line through (8, at8) and (32, at32), extrapolated on
/// both sides. May be negative at small widths if at32 > 4.4 at8; the caller must refuse that.
double linear_by_width(int width_bits, double at8, double at32);

/// An array multiplier costs about the square of its width: the power law a * width^b through (8, at8) and (32, at32).
double power_by_width(int width_bits, double at8, double at32);

/// A published SRAM point.
struct SizePoint {
  double bytes;
  double value;
};
/// Piecewise linear in log2(bytes) through the points, which stand in order of size. Below the first point: its value
/// (a tiny macro does not get cheaper than the smallest measured one). Above the last: along the last segment's slope.
double log_by_size(double bytes, const std::array<SizePoint, 3>& points);

/// A point of a constant over the node.
struct NodePoint {
  double node_nm;
  double value;
};
/// The power law node^b through both points, which are at different nodes; where a value is 0, the straight line over
/// log(node) instead. At the points' own nodes exactly their values.
double power_between(double node_nm, const NodePoint& first, const NodePoint& second);

}  // namespace ternsim::energy
