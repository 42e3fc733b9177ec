#include "sim/attention_unit.h"

#include <algorithm>

namespace ternsim::sim {

using energy::Action;
using energy::Part;

AttentionUnit::AttentionUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard,
                             const AcceleratorConfig& config, const model::Graph& graph)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)), config_(config), graph_(graph) {}

ProcessingUnit::Occupancy AttentionUnit::occupancy(const Command& command) {
  const std::int64_t lanes = config_.attention.lanes;
  const std::int64_t macs = 2 * graph_.shape.q_length() * command.positions;
  const std::int64_t specials = 2 * graph_.shape.head_count * command.positions;
  const std::int64_t special = special_lanes(config_.attention.lanes);
  return {.busy = std::max((macs + lanes - 1) / lanes, (specials + special - 1) / special),
          .latency = config_.attention.latency_cycles};
}

void AttentionUnit::perform(const Command& command) {
  const auto positions = static_cast<std::uint64_t>(command.positions);
  const std::uint64_t macs = 2 * static_cast<std::uint64_t>(graph_.shape.q_length()) * positions;
  const std::uint64_t scores = static_cast<std::uint64_t>(graph_.shape.head_count) * positions;
  count(Part::Attention, Action::Fp16Mul, 16, macs);
  count(Part::Attention, Action::Fp32Add, 32, macs + 3 * scores);  // accumulate; maximum, subtract, sum
  count(Part::Attention, Action::Fp32Mul, 32, scores);             // 1 / sqrt(d)
  count(Part::Attention, Action::Fp32Special, 32, 2 * scores);     // exp, divide
  const auto values = static_cast<std::uint64_t>(command.tokens * graph_.shape.q_length());
  const int port = config_.vector.lanes * 32;
  count(Part::AccumulatorSram, Action::SramRead, port, values * 32);
  count(Part::AccumulatorSram, Action::SramWrite, port, values * 32);
}

}  // namespace ternsim::sim
