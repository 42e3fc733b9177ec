#pragma once

#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/value_profile.h"

namespace ternsim::sim {

/// The float32 vector unit: norms, quantise, dequantise, RoPE, FFN activation, residual. `lanes` elements a cycle and
/// pass; a norm and a quantise read their input twice (reduce, then scale), a Hadamard transform once per butterfly
/// stage.
///
/// Timing and counts only: the values are those of the reference, whose order of float operations is part of the
/// numerics' definition.
class VectorUnit : public ProcessingUnit {
 public:
  VectorUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config,
             const model::Graph& graph);

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  /// Work per element, and per token.
  struct Cost {
    int passes = 1;                        ///< over the input
    int adds = 0, muls = 0, specials = 0;  ///< per element
    int token_specials = 0;
    int reads = 1;           ///< float32 operands read from the accumulator SRAM, per element and pass
    bool to_matrix = false;  ///< the result goes to the activation SRAM instead of back
  };
  Cost cost_of(const Command& command) const;
  static Cost quantise_cost(const model::Op& op);
  /// What a quantise operator writes for the matrix unit.
  void count_codes(model::Quantiser quantiser, std::uint64_t elements);

  const AcceleratorConfig& config_;
  const model::Graph& graph_;
};

}  // namespace ternsim::sim
