#include "sim/datapaths/adder_tree.h"
#include "sim/datapaths/bodies.h"
#include "sim/datapaths/dense_datapath.h"
#include "sim/datapaths/gating.h"
#include "sim/datapaths/tree_operands.h"

namespace ternsim::sim {

namespace {

using energy::Action;
using energy::Part;

/// 2-bit codes select +a, 0 or -a into a binary tree per row; the unit that the RTL describes (see MatrixGeometry).
///
/// A beat of a row counts `lanes` conditional negations of 9 bits, lanes - 1 tree additions and one of the accumulator,
/// padding lanes included; with zero gating those under weights of zero are counted as gated.
class AdderTreeDatapath final : public DenseDatapath {
 public:
  explicit AdderTreeDatapath(const MatrixUnitConfig& config) : DenseDatapath(config), tree_(config.geometry.lanes) {}

  std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                           std::span<std::int32_t> sums) override {
    TreeOperands operands(work, activations, config_.geometry.lanes, gathers(work, config_));
    return for_each_sum(work, operands, sums, [&](const std::int8_t* weights, const std::int8_t* inputs) {
      return tree_.sum(weights, inputs, operands.beats());
    });
  }

  void add_inventory(energy::Inventory& inventory) const override {
    const MatrixGeometry& g = config_.geometry;
    const auto rows = static_cast<std::uint64_t>(g.rows);
    inventory.operators[{Part::Matrix, Action::IntNegate, MatrixGeometry::kLaneBits}] +=
        rows * static_cast<std::uint64_t>(g.lanes);
    add_tree(MatrixGeometry::kLaneBits, g, rows, inventory);
    add_decoders(config_, inventory);
  }

 private:
  void count_arithmetic(const MatmulWork& work, std::int64_t k_beats, energy::ActionCounts& counts) override {
    const auto tokens = static_cast<std::uint64_t>(work.tokens);
    counts.add(Part::Matrix, Action::IntNegate, MatrixGeometry::kLaneBits,
               static_cast<std::uint64_t>(work.rows * k_beats * config_.geometry.lanes) * tokens);
    count_gated_tree(MatrixGeometry::kLaneBits, work, k_beats, tokens, gating_, config_, counts);
  }

  AdderTree tree_;
  Gating gating_;
};

}  // namespace

std::unique_ptr<Datapath> make_adder_tree(const MatrixUnitConfig& config) {
  return std::make_unique<AdderTreeDatapath>(config);
}

}  // namespace ternsim::sim
