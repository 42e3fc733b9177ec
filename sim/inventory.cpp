#include "sim/inventory.h"

#include "sim/datapaths/datapath.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

energy::Inventory inventory_of(const AcceleratorConfig& config) {
  energy::Inventory inventory;
  inventory.sram_bytes[Part::WeightSram] = static_cast<std::uint64_t>(config.buffers.weight_bytes);
  inventory.sram_bytes[Part::ActivationSram] = static_cast<std::uint64_t>(config.buffers.activation_bytes);
  inventory.sram_bytes[Part::AccumulatorSram] = static_cast<std::uint64_t>(config.buffers.accumulator_bytes);
  inventory.sram_bytes[Part::KvSram] =
      static_cast<std::uint64_t>(config.kv_cache.on_chip ? config.kv_cache.sram_bytes : config.buffers.kv_bytes);
  const auto resident = static_cast<std::uint64_t>(config.resident.bytes);
  if (config.resident.storage == ResidentStorage::Sram) inventory.sram_bytes[Part::ResidentWeights] = resident;
  if (config.resident.storage == ResidentStorage::Rom) inventory.rom_bytes[Part::ResidentWeights] = resident;

  make_datapath(config.matrix)->add_inventory(inventory);
  const auto add = [&](Part part, Action action, int width, std::uint64_t n) {
    inventory.operators[{part, action, width}] += n;
  };
  const auto vector_lanes = static_cast<std::uint64_t>(config.vector.lanes);
  add(Part::Vector, Action::Fp32Add, 32, vector_lanes);
  add(Part::Vector, Action::Fp32Mul, 32, vector_lanes);
  add(Part::Vector, Action::Fp32Special, 32, vector_lanes);
  const auto attention_lanes = static_cast<std::uint64_t>(config.attention.lanes);
  if (config.attention.precision == AttentionPrecision::Int8) {
    add(Part::Attention, Action::IntMul, 8, attention_lanes);
    add(Part::Attention, Action::IntAdd, 32, attention_lanes);
  } else {
    add(Part::Attention, Action::Fp16Mul, 16, attention_lanes);
  }
  add(Part::Attention, Action::Fp32Add, 32, attention_lanes);
  add(Part::Attention, Action::Fp32Special, 32, static_cast<std::uint64_t>(config.attention.special_lanes));
  const auto head_lanes = static_cast<std::uint64_t>(config.lm_head.lanes);
  add(Part::LmHead, Action::Fp16Mul, 16, head_lanes);
  add(Part::LmHead, Action::Fp32Add, 32, head_lanes);
  return inventory;
}

}  // namespace ternsim::sim
