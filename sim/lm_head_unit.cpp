#include "sim/lm_head_unit.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

LmHeadUnit::LmHeadUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
                       const model::Graph& graph)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)), config_(config), graph_(graph) {}

ProcessingUnit::Occupancy LmHeadUnit::occupancy(const Command& command) {
  const std::int64_t lanes = config_.lm_head.lanes;
  const std::int64_t macs = command.rows * command.cols * command.tokens;
  return {.busy = (macs + lanes - 1) / lanes, .latency = config_.lm_head.latency_cycles};
}

void LmHeadUnit::perform(const Command& command) {
  const auto tokens = static_cast<std::uint64_t>(command.tokens);
  const auto weights = static_cast<std::uint64_t>(command.rows * command.cols);
  const bool router = graph_.ops[static_cast<std::size_t>(command.op)].kind == model::OpKind::Router;
  const model::ElementType type = router ? model::ElementType::F32 : graph_.shape.lm_head_type();
  const auto weight_bits = static_cast<std::uint64_t>(8 * command.rows * model::row_bytes(type, command.cols));
  const int weight_port = config_.matrix.weight_port_bits();
  const int port = config_.vector.lanes * 32;
  // As in the matrix unit, one read of a weight serves `slots` sequences.
  const std::uint64_t groups = (tokens + static_cast<std::uint64_t>(config_.matrix.geometry.slots) - 1) /
                               static_cast<std::uint64_t>(config_.matrix.geometry.slots);
  count(Part::LmHead, Action::Fp16Mul, 16, weights * tokens);
  count(Part::LmHead, Action::Fp32Add, 32, weights * tokens);
  const bool rom = config_.resident.storage == ResidentStorage::Rom;
  if (command.resident)
    count(Part::ResidentWeights, rom ? Action::RomRead : Action::SramRead, weight_port, weight_bits * groups);
  else
    count(Part::WeightSram, Action::SramRead, weight_port, weight_bits * groups);
  const std::uint64_t outputs = static_cast<std::uint64_t>(command.rows) * tokens * 32;
  // Inputs are read once and held for all rows, however these are cut into chunks; later parts of K read sums back.
  const std::uint64_t inputs = command.row0 == 0 ? static_cast<std::uint64_t>(command.cols) * tokens * 32 : 0;
  count(Part::AccumulatorSram, Action::SramRead, port, inputs + (command.part > 0 ? outputs : 0));
  count(Part::AccumulatorSram, Action::SramWrite, port, outputs);
}

}  // namespace ternsim::sim
