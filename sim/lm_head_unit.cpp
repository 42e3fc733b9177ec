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
  const auto weight_bits = static_cast<std::uint64_t>(8 * model::element_bytes(graph_.shape.embedding_type));
  const int weight_port = config_.matrix.geometry.rows * config_.matrix.geometry.lanes * config_.matrix.weight_bits;
  const int port = config_.vector.lanes * 32;
  // As in the matrix unit, one read of a weight serves `slots` sequences.
  const std::uint64_t groups = (tokens + static_cast<std::uint64_t>(config_.matrix.geometry.slots) - 1) /
                               static_cast<std::uint64_t>(config_.matrix.geometry.slots);
  count(Part::LmHead, Action::Fp16Mul, 16, weights * tokens);
  count(Part::LmHead, Action::Fp32Add, 32, weights * tokens);
  count(Part::WeightSram, Action::SramRead, weight_port, weights * weight_bits * groups);
  count(Part::AccumulatorSram, Action::SramRead, port, static_cast<std::uint64_t>(command.cols) * tokens * 32);
  count(Part::AccumulatorSram, Action::SramWrite, port, static_cast<std::uint64_t>(command.rows) * tokens * 32);
}

}  // namespace ternsim::sim
