#include "sim/datapaths/bodies.h"
#include "sim/datapaths/fp16_mac_datapath.h"

namespace ternsim::sim {

namespace {

using energy::Action;
using energy::Part;

/// Baseline: 4-bit weights in groups with an FP16 scale and a 4-bit zero point (GPTQ, AWQ, Q4_K files). A weight that
/// is read is dequantised once, (code - zero point) * scale, and held as FP16 for the tokens that share the read; then
/// FP16 multiply and add as in fp16_mac.
///
/// A read weight counts one 5-bit subtraction and one FP16 multiplication on top of the MACs; there is a dequantiser
/// for every weight of a beat, one stage of latency.
class W4A16MacDatapath final : public Fp16MacDatapath {
 public:
  using Fp16MacDatapath::Fp16MacDatapath;

  int latency() const override { return config_.geometry.latency() + 1; }

  void add_inventory(energy::Inventory& inventory) const override {
    Fp16MacDatapath::add_inventory(inventory);
    const auto weights =
        static_cast<std::uint64_t>(config_.geometry.rows) * static_cast<std::uint64_t>(config_.geometry.lanes);
    inventory.operators[{Part::Matrix, Action::IntAdd, kDifferenceBits}] += weights;
    inventory.operators[{Part::Matrix, Action::Fp16Mul, 16}] += weights;
  }

 private:
  static constexpr int kDifferenceBits = 5;

  void count_arithmetic(const MatmulWork& work, std::int64_t k_beats, energy::ActionCounts& counts) override {
    Fp16MacDatapath::count_arithmetic(work, k_beats, counts);
    const auto read = static_cast<std::uint64_t>(work.rows * active_cols(work, config_) * weight_reads(work, config_));
    counts.add(Part::Matrix, Action::IntAdd, kDifferenceBits, read);
    counts.add(Part::Matrix, Action::Fp16Mul, 16, read);
  }
};

}  // namespace

std::unique_ptr<Datapath> make_w4a16_mac(const MatrixUnitConfig& config) {
  return std::make_unique<W4A16MacDatapath>(config);
}

}  // namespace ternsim::sim
