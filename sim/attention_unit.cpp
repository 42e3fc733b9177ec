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
  const std::int64_t special = config_.attention.special_lanes;
  return {.busy = std::max((macs + lanes - 1) / lanes, (specials + special - 1) / special),
          .latency = config_.attention.latency_cycles};
}

void AttentionUnit::perform(const Command& command) {
  const auto positions = static_cast<std::uint64_t>(command.positions);
  const std::uint64_t macs = 2 * static_cast<std::uint64_t>(graph_.shape.q_length()) * positions;
  const std::uint64_t scores = static_cast<std::uint64_t>(graph_.shape.head_count) * positions;
  if (config_.attention.precision == AttentionPrecision::Int8) {
    count(Part::Attention, Action::IntMul, 8, macs);
    count(Part::Attention, Action::IntAdd, 32, macs);
    count(Part::Attention, Action::Fp32Add, 32, 3 * scores);
  } else {
    count(Part::Attention, Action::Fp16Mul, 16, macs);
    count(Part::Attention, Action::Fp32Add, 32, macs + 3 * scores);  // accumulate; maximum, subtract, sum
  }
  count(Part::Attention, Action::Fp32Mul, 32, scores);  // 1 / sqrt(d)
  // Every part but the first rescales the running outputs to its maximum.
  if (command.part > 0)
    count(Part::Attention, Action::Fp32Mul, 32, static_cast<std::uint64_t>(command.tokens * graph_.shape.q_length()));
  count(Part::Attention, Action::Fp32Special, 32, 2 * scores);  // exp, divide
  count_memories(command);
}

void AttentionUnit::count_memories(const Command& command) {
  const model::ModelShape& shape = graph_.shape;
  const auto tokens = static_cast<std::uint64_t>(command.tokens);
  const auto width = static_cast<std::uint64_t>(shape.q_length());
  const int port = config_.vector.lanes * 32;
  // Queries once a part; running outputs are read back by all parts but the first.
  const std::uint64_t outputs_read = command.part > 0 ? tokens * width : 0;
  count(Part::AccumulatorSram, Action::SramRead, port, (tokens * width + outputs_read) * 32);
  count(Part::AccumulatorSram, Action::SramWrite, port, tokens * width * 32);
  const int kv_port = config_.attention.lanes * config_.kv_cache.bits;
  if (command.part == 0) {
    // The block's own keys and values, from where rope and the value projection left them.
    const std::uint64_t own = tokens * 2 * static_cast<std::uint64_t>(shape.kv_length());
    count(Part::AccumulatorSram, Action::SramRead, port, own * 32 * reads_of(command));
    if (config_.kv_cache.on_chip)
      count(Part::KvSram, Action::SramWrite, kv_port,
            8 * tokens * static_cast<std::uint64_t>(kv_position_bytes(shape, config_.kv_cache)));
  }
  count(Part::KvSram, Action::SramRead, kv_port, 8 * static_cast<std::uint64_t>(command.kv_bytes) * reads_of(command));
}

std::uint64_t AttentionUnit::reads_of(const Command& command) const {
  // Tokens of one sequence, T: positions are T (T + 1) / 2 a sequence in the causal own part, else all for each token.
  const std::int64_t seen = command.kv_bytes / kv_position_bytes(graph_.shape, config_.kv_cache);
  const std::int64_t tokens = command.part == 0 ? 2 * command.positions / command.tokens - 1
                                                : command.positions / std::max<std::int64_t>(seen, 1);
  const std::int64_t share = config_.attention.query_tokens;
  return static_cast<std::uint64_t>((tokens + share - 1) / share);
}

}  // namespace ternsim::sim
