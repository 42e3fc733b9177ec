#pragma once

#include "sim/datapaths/dense_datapath.h"

namespace ternsim::sim {

/// Baseline: an FP16 multiplier and an FP16 adder for every weight of a beat; FP16 weights and activations.
///
/// Each weight and token counts one multiplication and one addition, padding lanes none; the addition is of FP16, as
/// the published comparisons have it, or of FP32 (`sum_precision`), which takes no other time here. Timing and counts
/// alone: FP16 sums depend on their order and have no reference to be equal to.
class Fp16MacDatapath : public DenseDatapath {
 public:
  using DenseDatapath::DenseDatapath;
  std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                           std::span<std::int32_t> sums) final;
  void add_inventory(energy::Inventory& inventory) const override;

 protected:
  void count_arithmetic(const MatmulWork& work, std::int64_t k_beats, energy::ActionCounts& counts) override;

 private:
  energy::Action sum_action() const;
};

}  // namespace ternsim::sim
