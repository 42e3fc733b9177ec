#include "sim/datapaths/window_law.h"

#include <algorithm>
#include <bit>

namespace ternsim::sim {

namespace {

/// Probabilities of 0 ... n successes. Starts from the most likely number and is scaled at the end, so that no start
/// value underflows.
std::vector<double> binomial(std::int64_t n, double p) {
  std::vector<double> mass(static_cast<std::size_t>(n + 1), 0.0);
  if (p <= 0 || p >= 1) {
    mass[p <= 0 ? 0 : static_cast<std::size_t>(n)] = 1;
    return mass;
  }
  const auto mode = std::min(static_cast<std::int64_t>(static_cast<double>(n + 1) * p), n);
  const double odds = p / (1 - p);
  mass[static_cast<std::size_t>(mode)] = 1;
  for (std::int64_t k = mode; k < n; ++k)
    mass[static_cast<std::size_t>(k + 1)] =
        mass[static_cast<std::size_t>(k)] * odds * static_cast<double>(n - k) / static_cast<double>(k + 1);
  for (std::int64_t k = mode; k > 0; --k)
    mass[static_cast<std::size_t>(k - 1)] =
        mass[static_cast<std::size_t>(k)] * static_cast<double>(k) / (odds * static_cast<double>(n - k + 1));
  double sum = 0;
  for (const double m : mass) sum += m;
  for (double& m : mass) m /= sum;
  return mass;
}

double power(double base, std::int64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base)
    if (exponent % 2 == 1) result *= base;
  return result;
}

}  // namespace

std::int64_t working_adders(std::int64_t filled, int level, int lanes) {
  const std::int64_t half = std::int64_t{1} << level;
  if (half >= lanes) return filled > 0 ? 1 : 0;
  return filled <= half ? 0 : (filled - half - 1) / (2 * half) + 1;
}

WindowLaw window_law(std::int64_t rows, std::int64_t width, int lanes, double zero_share) {
  const std::vector<double> mass = binomial(width, 1 - zero_share);
  const int levels = static_cast<int>(std::bit_width(static_cast<unsigned>(lanes))) - 1;
  WindowLaw law;
  law.working.assign(static_cast<std::size_t>(levels + 1), 0.0);
  for (std::int64_t n = 0; n <= width; ++n) {
    const double m = mass[static_cast<std::size_t>(n)];
    law.nonzeros += m * static_cast<double>(n);
    for (int j = 0; j <= levels; ++j)
      law.working[static_cast<std::size_t>(j)] +=
          m * static_cast<double>(n / lanes * working_adders(lanes, j, lanes) + working_adders(n % lanes, j, lanes));
  }
  law.cycles.push_back(0);
  double within = 0;  // P(one row's n <= c * lanes)
  double before = 0;  // P(all rows' cycles < c)
  std::int64_t n = 0;
  for (std::int64_t c = 1; before < 1 && (c - 1) * lanes < width; ++c) {
    for (; n <= std::min(c * lanes, width); ++n) within += mass[static_cast<std::size_t>(n)];
    const double upto = c * lanes >= width ? 1 : power(std::min(within, 1.0), rows);
    law.cycles.push_back(upto - before);
    law.mean_cycles += static_cast<double>(c) * (upto - before);
    before = upto;
  }
  return law;
}

}  // namespace ternsim::sim
