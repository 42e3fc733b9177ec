#include <vector>

#include "sim/datapaths/bodies.h"
#include "sim/datapaths/dense_datapath.h"
#include "sim/datapaths/tree_operands.h"

namespace ternsim::sim {

namespace {

using energy::Action;
using energy::Part;

/// Baseline: an INT8 multiplier in every lane, ternary weights as int8 (stored as bytes, or expanded from their codes),
/// 16-bit products into a binary tree.
///
/// A beat of a row counts `lanes` multiplications of 8 bits, lanes - 1 tree additions from 17 bits on and one of the
/// accumulator, padding lanes included. It does not look for zeros.
class Int8MacDatapath final : public DenseDatapath {
 public:
  using DenseDatapath::DenseDatapath;

  std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                           std::span<std::int32_t> sums) override {
    const std::int64_t lanes = config_.geometry.lanes;
    TreeOperands operands(work, activations, lanes, gathers(work, config_));
    std::vector<std::int32_t> nodes(static_cast<std::size_t>(lanes));
    return for_each_sum(work, operands, sums, [&](const std::int8_t* weights, const std::int8_t* inputs) {
      std::int32_t accumulator = 0;
      for (std::int64_t b = 0; b < operands.beats(); ++b, weights += lanes, inputs += lanes) {
        for (std::int64_t i = 0; i < lanes; ++i) nodes[static_cast<std::size_t>(i)] = weights[i] * inputs[i];
        for (std::size_t half = nodes.size() / 2; half > 0; half /= 2)
          for (std::size_t i = 0; i < half; ++i) nodes[i] += nodes[i + half];
        accumulator += nodes[0];
      }
      return accumulator;
    });
  }

  void add_inventory(energy::Inventory& inventory) const override {
    const MatrixGeometry& g = config_.geometry;
    const auto rows = static_cast<std::uint64_t>(g.rows);
    inventory.operators[{Part::Matrix, Action::IntMul, 8}] += rows * static_cast<std::uint64_t>(g.lanes);
    add_tree(kProductBits, g, rows, inventory);
    add_decoders(config_, inventory);
  }

 private:
  static constexpr int kProductBits = 16;

  void count_arithmetic(const MatmulWork& work, std::int64_t k_beats, energy::ActionCounts& counts) override {
    const auto beats = static_cast<std::uint64_t>(work.rows * k_beats * work.tokens);
    counts.add(Part::Matrix, Action::IntMul, 8, beats * static_cast<std::uint64_t>(config_.geometry.lanes));
    count_tree(kProductBits, config_.geometry, beats, counts);
  }
};

}  // namespace

std::unique_ptr<Datapath> make_int8_mac(const MatrixUnitConfig& config) {
  return std::make_unique<Int8MacDatapath>(config);
}

}  // namespace ternsim::sim
