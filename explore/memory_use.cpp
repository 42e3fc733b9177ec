#include "explore/memory_use.h"

#include <fmt/format.h>

#include "base/quantity.h"
#include "sim/known_values.h"
#include "sim/program/memory_map.h"

namespace ternsim::explore {

namespace {

struct MemoryUse {
  std::int64_t dram = 0;
  std::int64_t resident = 0;
};

MemoryUse memory_use(const StudyInput& input, const sim::AcceleratorConfig& config) {
  const sim::ValueProfile profile = sim::known_values(input.graph, config, input.workload, input.operands.weights);
  const bool products = !input.workload.op_tokens.empty();
  const sim::MemoryMap memory(input.graph, config, profile, products ? 0 : input.workload.positions(),
                              input.workload.batch);
  return {memory.dram_weight_bytes() + (config.kv_cache.on_chip ? 0 : memory.kv_bytes()), memory.resident_bytes()};
}

}  // namespace

void add_memory_use(StatisticNode& machine, const StudyInput& input, const sim::AcceleratorConfig& config) {
  const MemoryUse use = memory_use(input, config);
  if (config.dram.present()) {
    const std::int64_t capacity = config.dram.capacity_bytes();
    machine.add("dram_capacity", "Bytes that the DRAM holds.", Quantity::Bytes, static_cast<std::uint64_t>(capacity))
        .add("dram_stored", "Weights and, at the end of the workload, keys and values that stand in the DRAM.",
             Quantity::Bytes, static_cast<std::uint64_t>(use.dram))
        .add("dram_occupancy",
             "dram_stored / dram_capacity: above 1 the model does not fit, and rates are those of a memory with room.",
             Quantity::Ratio, static_cast<double>(use.dram) / static_cast<double>(capacity));
  }
  if (config.resident.storage != sim::ResidentStorage::None)
    machine.add("resident_weights", "Weights in the on-chip store.", Quantity::Bytes,
                static_cast<std::uint64_t>(use.resident));
}

std::string shortage(const StudyInput& input, const sim::AcceleratorConfig& config) {
  if (!config.dram.present()) return {};
  const std::int64_t stored = memory_use(input, config).dram;
  const std::int64_t capacity = config.dram.capacity_bytes();
  if (stored <= capacity) return {};
  return fmt::format(
      "{}: weights and cache take {}, {} channels of {} hold {}: the rates are those of a memory with room",
      config.where(), for_people(static_cast<double>(stored), Quantity::Bytes), config.dram.channels,
      config.dram.memory, for_people(static_cast<double>(capacity), Quantity::Bytes));
}

}  // namespace ternsim::explore
