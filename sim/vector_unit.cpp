#include "sim/vector_unit.h"

#include <stdexcept>

namespace ternsim::sim {

using energy::Action;
using energy::Part;
using model::OpKind;

VectorUnit::VectorUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
                       const model::Graph& graph)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)), config_(config), graph_(graph) {}

VectorUnit::Cost VectorUnit::cost_of(const Command& command) const {
  const bool fp16 = config_.matrix.datapath == Datapath::Fp16Mac;
  if (command.kind == CommandKind::Dequantise)
    // (float)acc / s * scale: convert, divide, multiply; an FP16 machine only widens.
    return fp16 ? Cost{.adds = 1} : Cost{.adds = 1, .muls = 1, .specials = 1};
  switch (graph_.ops[static_cast<std::size_t>(command.op)].kind) {
    case OpKind::RmsNorm:  // square and sum; times r, times gain
      return {.passes = 2, .adds = 1, .muls = 3, .token_specials = 2};
    case OpKind::Quantise:  // compare; multiply, round, clamp; one division a token. FP16: one conversion
      return fp16 ? Cost{.adds = 1, .to_matrix = true}
                  : Cost{.passes = 2, .adds = 3, .muls = 1, .token_specials = 1, .to_matrix = true};
    case OpKind::Rope:
      return {.adds = 1, .muls = 2};
    case OpKind::FfnActivation:
      return graph_.shape.ffn_activation == model::FfnActivation::SquaredRelu
                 ? Cost{.adds = 1, .muls = 2, .reads = 2}
                 : Cost{.adds = 1, .muls = 1, .specials = 2, .reads = 2};
    case OpKind::Residual:
      return {.adds = 1, .reads = 2};
    default:
      throw std::logic_error("the vector unit was given an operator of another unit");
  }
}

ProcessingUnit::Occupancy VectorUnit::occupancy(const Command& command) {
  const std::int64_t per_token = (command.rows + config_.vector.lanes - 1) / config_.vector.lanes;
  return {.busy = per_token * cost_of(command).passes * command.tokens, .latency = config_.vector.latency_cycles};
}

void VectorUnit::perform(const Command& command) {
  const Cost cost = cost_of(command);
  const auto tokens = static_cast<std::uint64_t>(command.tokens);
  const std::uint64_t elements = static_cast<std::uint64_t>(command.rows) * tokens;
  const int port = config_.vector.lanes * 32;
  count(Part::Vector, Action::Fp32Add, 32, elements * static_cast<std::uint64_t>(cost.adds));
  count(Part::Vector, Action::Fp32Mul, 32, elements * static_cast<std::uint64_t>(cost.muls));
  count(
      Part::Vector, Action::Fp32Special, 32,
      elements * static_cast<std::uint64_t>(cost.specials) + tokens * static_cast<std::uint64_t>(cost.token_specials));
  count(Part::AccumulatorSram, Action::SramRead, port,
        elements * 32 * static_cast<std::uint64_t>(cost.passes * cost.reads));
  if (cost.to_matrix)
    count(Part::ActivationSram, Action::SramWrite, config_.matrix.geometry.lanes * config_.matrix.activation_bits,
          elements * static_cast<std::uint64_t>(config_.matrix.activation_bits));
  else
    count(Part::AccumulatorSram, Action::SramWrite, port, elements * 32);
}

}  // namespace ternsim::sim
