#include "energy/interpolation.h"

#include <cmath>

namespace ternsim::energy {

double linear_by_width(int width_bits, double at8, double at32) {
  // Weighted this way, both end points come out exactly.
  const double t = (width_bits - 8) / 24.0;
  return (1 - t) * at8 + t * at32;
}

double power_by_width(int width_bits, double at8, double at32) {
  if (width_bits == 8) return at8;
  if (width_bits == 32) return at32;
  const double exponent = std::log2(at32 / at8) / 2;  // 32 is two doublings of 8
  return at8 * std::pow(width_bits / 8.0, exponent);
}

double log_by_size(double bytes, const std::array<SizePoint, 3>& points) {
  if (bytes <= points[0].bytes) return points[0].value;
  const std::size_t upper = bytes <= points[1].bytes ? 1 : 2;
  const SizePoint& a = points[upper - 1];
  const SizePoint& b = points[upper];
  const double t = std::log2(bytes / a.bytes) / std::log2(b.bytes / a.bytes);
  return (1 - t) * a.value + t * b.value;
}

double power_between(double node_nm, const NodePoint& first, const NodePoint& second) {
  if (node_nm == first.node_nm) return first.value;
  if (node_nm == second.node_nm) return second.value;
  const double t = std::log(node_nm / first.node_nm) / std::log(second.node_nm / first.node_nm);
  if (first.value <= 0 || second.value <= 0) return (1 - t) * first.value + t * second.value;
  return first.value * std::pow(second.value / first.value, t);
}

}  // namespace ternsim::energy
