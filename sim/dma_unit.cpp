#include "sim/dma_unit.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

DmaUnit::DmaUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)),
      config_(config),
      dram_(config.dram, config.clock_hz) {}

ProcessingUnit::Occupancy DmaUnit::occupancy(const Command& command) {
  const Cycle now = now_cycle();
  const Cycle setup = now == previous_end_ ? 0 : config_.dma_setup_cycles;
  transfer_ = dram_.transfer(now, command.bytes, command.kind == CommandKind::StoreKv);
  const Occupancy o{
      .busy = transfer_.data, .stalled = setup + transfer_.latency, .cause = Stall::DramLatency, .latency = 0};
  previous_end_ = now + o.stalled + o.busy;
  return o;
}

void DmaUnit::perform(const Command& command) {
  bytes_asked_ += command.bytes;
  bytes_moved_ += transfer_.bytes;
  const auto moved_bits = static_cast<std::uint64_t>(transfer_.bytes) * 8;
  const auto asked_bits = static_cast<std::uint64_t>(command.bytes) * 8;
  count(Part::Dram, command.kind == CommandKind::StoreKv ? Action::DramWrite : Action::DramRead, 0, moved_bits);
  // Keys and values stream straight into the attention unit's registers; only their stores read an SRAM.
  const int vector_port = config_.vector.lanes * 32;
  switch (command.kind) {
    case CommandKind::LoadWeights: {
      const int port = config_.matrix.geometry.rows * config_.matrix.geometry.lanes * config_.matrix.weight_bits;
      count(Part::WeightSram, Action::SramWrite, port, asked_bits);
      break;
    }
    case CommandKind::LoadEmbedding:
      // Widened to float32 on the way in.
      count(Part::AccumulatorSram, Action::SramWrite, vector_port,
            static_cast<std::uint64_t>(command.tokens * command.rows) * 32);
      break;
    case CommandKind::StoreKv: {
      const auto values = asked_bits / static_cast<std::uint64_t>(config_.kv_cache_bits);
      count(Part::AccumulatorSram, Action::SramRead, vector_port, values * 32);
      break;
    }
    default:
      break;
  }
}

}  // namespace ternsim::sim
