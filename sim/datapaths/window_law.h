#pragma once

#include <cstdint>
#include <vector>

namespace ternsim::sim {

/// What to expect of a window of weights that are zero independently of one another: `rows` rows of `width` weights, a
/// row with n non-zero ones being busy for ceil(n / lanes) cycles and all rows waiting for the busiest.
///
/// Exact up to the rounding of doubles; computed by + - * / alone, so that it is the same on every machine.
struct WindowLaw {
  std::vector<double> cycles;  ///< [c]: probability that the window takes c cycles, c >= 1; [0] is 0
  double nonzeros = 0;         ///< expected in one row
  double mean_cycles = 0;
  /// [j] for tree level j: expected adders of one row that add two weights, over all cycles of the window; the last
  /// entry: expected cycles in which the row has a weight at all.
  std::vector<double> working;
};
WindowLaw window_law(std::int64_t rows, std::int64_t width, int lanes, double zero_share);

/// Adders of tree level `level` that have a non-zero weight under both inputs when the first `filled` of a tree's lanes
/// have one; for the level behind the last: 1 if there is any.
std::int64_t working_adders(std::int64_t filled, int level, int lanes);

}  // namespace ternsim::sim
