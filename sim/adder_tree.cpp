#include "sim/adder_tree.h"

namespace ternsim::sim {

AdderTree::AdderTree(int lanes) : lanes_(lanes), nodes_(static_cast<std::size_t>(lanes)) {}

std::int32_t AdderTree::sum(const std::int8_t* weights, const std::int8_t* activations) {
  std::int32_t* nodes = nodes_.data();
  for (int i = 0; i < lanes_; ++i) {
    // A two's complement negation is an inversion plus one: the mask form below is what the lane's gates do.
    const std::int32_t negative = weights[i] >> 7;
    const std::int32_t keep = -static_cast<std::int32_t>(weights[i] != 0);
    nodes[i] = ((activations[i] ^ negative) - negative) & keep;
  }
  // Node j of a level is the sum of nodes j and j + half of the level below: the same tree as pairing neighbours, with
  // the lanes numbered otherwise; integer sums do not depend on it.
  for (int half = lanes_ / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) nodes[j] += nodes[j + half];
  return nodes[0];
}

std::vector<std::uint32_t> gated_adds(const kernels::PackedTernary& weights, std::int64_t row, int lanes) {
  std::vector<std::uint32_t> gated;
  std::vector<char> live(static_cast<std::size_t>(lanes));
  for (std::int64_t k0 = 0; k0 < weights.cols(); k0 += lanes) {
    for (int i = 0; i < lanes; ++i)
      live[static_cast<std::size_t>(i)] = k0 + i < weights.cols() && weights.weight(row, k0 + i) != 0 ? 1 : 0;
    std::size_t level = 0;
    for (std::size_t width = static_cast<std::size_t>(lanes) / 2; width > 0; width /= 2, ++level) {
      if (gated.size() <= level) gated.push_back(0);
      for (std::size_t j = 0; j < width; ++j) {
        const char left = live[2 * j];
        const char right = live[2 * j + 1];
        gated[level] += (left & right) == 0 ? 1 : 0;
        live[j] = static_cast<char>(left | right);
      }
    }
    if (gated.size() <= level) gated.push_back(0);
    gated[level] += live[0] == 0 ? 1 : 0;
  }
  return gated;
}

std::vector<double> expected_gated_adds(double zero_share, int lanes, std::int64_t beats) {
  std::vector<double> gated;
  double dead = zero_share;  // probability that all weights under one input are zero
  for (int width = lanes / 2; width > 0; width /= 2) {
    gated.push_back(static_cast<double>(beats) * width * (1 - (1 - dead) * (1 - dead)));
    dead *= dead;
  }
  gated.push_back(static_cast<double>(beats) * dead);
  return gated;
}

}  // namespace ternsim::sim
