#include "sim/vector_unit.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace ternsim::sim {

using energy::Action;
using energy::Part;
using model::OpKind;

VectorUnit::VectorUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
                       const model::Graph& graph)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)), config_(config), graph_(graph) {}

VectorUnit::Cost VectorUnit::cost_of(const Command& command) const {
  const bool fp16 = !config_.matrix.exact();
  if (command.kind == CommandKind::Dequantise)
    // (float)acc / s * scale: convert, divide, multiply; an FP16 machine only widens.
    return fp16 ? Cost{.adds = 1} : Cost{.adds = 1, .muls = 1, .specials = 1};
  const model::Op& op = graph_.ops[static_cast<std::size_t>(command.op)];
  switch (op.kind) {
    case OpKind::Embedding:  // from the on-chip store: widen to float32
      return {.adds = 1, .reads = 0};
    case OpKind::RmsNorm:  // square and sum; times r, times gain. A LayerNorm sums and takes the mean off as well
      if (graph_.shape.norm_kind == model::NormKind::Layer)
        return {.passes = 2, .adds = 3, .muls = 3, .token_specials = 2};
      return {.passes = 2, .adds = 1, .muls = 3, .token_specials = 2};
    case OpKind::Quantise:
      return fp16 ? Cost{.adds = 1, .to_matrix = true} : quantise_cost(op);
    case OpKind::Rope:
      return {.adds = 1, .muls = 2};
    case OpKind::FfnActivation:
      return graph_.shape.ffn_activation == model::FfnActivation::SquaredRelu
                 ? Cost{.adds = 1, .muls = 2, .reads = 2}
                 : Cost{.adds = 1, .muls = 1, .specials = 2, .reads = 2};
    case OpKind::Residual:
      return {.adds = 1, .reads = 2};
    case OpKind::Router:  // maximum, subtract, sum; exp and divide; the choice compares once more
      return {.passes = 2, .adds = 4, .specials = 2};
    case OpKind::Combine:  // times the expert's weight, added to the others
      return {.adds = 1, .muls = 1, .reads = 2};
    default:
      throw std::logic_error("the vector unit was given an operator of another unit");
  }
}

void VectorUnit::count_codes(model::Quantiser quantiser, std::uint64_t elements) {
  // Written as the matrix unit reads them: a bit-serial one keeps significant bits alone.
  const MatrixUnitConfig& matrix = config_.matrix;
  const int bits = matrix.datapath == DatapathKind::BitSerial ? std::min(bits_of(quantiser), matrix.activation_bits)
                                                              : matrix.activation_bits;
  count(Part::ActivationSram, Action::SramWrite, matrix.geometry.lanes * bits,
        elements * static_cast<std::uint64_t>(bits));
}

VectorUnit::Cost VectorUnit::quantise_cost(const model::Op& op) {
  // Compare (or add up); multiply, round, clamp; one division a token.
  Cost cost{.passes = 2, .adds = 3, .muls = 1, .token_specials = 1, .to_matrix = true};
  switch (op.quantiser) {
    case model::Quantiser::AbsmaxInt8:
    case model::Quantiser::AbsmeanInt4:
      break;
    case model::Quantiser::HalfAbsmaxInt8:  // one more pass for a histogram of the magnitudes, which gives the
                                            // threshold
      cost.passes = 3;
      cost.adds += 2;
      break;
    case model::Quantiser::HadamardAbsmeanInt4: {  // log2(K) butterflies over the row, one addition an element each
      const int stages = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(op.cols))) - 1;
      cost.passes += stages;
      cost.adds += stages;
      break;
    }
  }
  return cost;
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
  if (command.resident)
    count(Part::ResidentWeights, config_.resident.storage == ResidentStorage::Rom ? Action::RomRead : Action::SramRead,
          port, 8 * tokens * static_cast<std::uint64_t>(model::row_bytes(graph_.shape.embedding_type, command.rows)));
  if (cost.to_matrix)
    count_codes(graph_.ops[static_cast<std::size_t>(command.op)].quantiser, elements);
  else
    count(Part::AccumulatorSram, Action::SramWrite, port, elements * 32);
}

}  // namespace ternsim::sim
