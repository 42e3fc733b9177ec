#include "sim/datapaths/fp16_mac_datapath.h"

#include <stdexcept>

#include "sim/datapaths/bodies.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

std::uint64_t Fp16MacDatapath::accumulate(const MatmulWork&, std::span<const std::int8_t>, std::span<std::int32_t>) {
  throw std::logic_error("an FP16 datapath computes no int32 sums");
}

energy::Action Fp16MacDatapath::sum_action() const {
  return config_.sum_bits == 32 ? Action::Fp32Add : Action::Fp16Add;
}

void Fp16MacDatapath::add_inventory(energy::Inventory& inventory) const {
  const auto macs =
      static_cast<std::uint64_t>(config_.geometry.rows) * static_cast<std::uint64_t>(config_.geometry.lanes);
  inventory.operators[{Part::Matrix, Action::Fp16Mul, 16}] += macs;
  inventory.operators[{Part::Matrix, sum_action(), config_.sum_bits}] += macs;
}

void Fp16MacDatapath::count_arithmetic(const MatmulWork& work, std::int64_t, energy::ActionCounts& counts) {
  const auto macs = static_cast<std::uint64_t>(work.rows * active_cols(work, config_) * work.tokens);
  counts.add(Part::Matrix, Action::Fp16Mul, 16, macs);
  counts.add(Part::Matrix, sum_action(), config_.sum_bits, macs);
}

std::unique_ptr<Datapath> make_fp16_mac(const MatrixUnitConfig& config) {
  return std::make_unique<Fp16MacDatapath>(config);
}

}  // namespace ternsim::sim
