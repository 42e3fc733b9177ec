#pragma once

#include <span>

#include "base/statistic.h"
#include "energy/operator_synthesis.h"
#include "energy/technology.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::explore {

/// What prices operators and the reads that feed them.
struct OperatorCostInput {
  std::span<const energy::Technology> technologies;  ///< at least one; the last prices true widths and SRAM
  const energy::SynthesisReport& synthesis;
  const sim::AcceleratorConfig& accelerator;  ///< a ternary one: widths of its matrix unit, sizes of its buffers
};

/// Node "operator_costs": joules of one ternary addition, INT8 multiply-accumulate and FP16 multiply-accumulate (its
/// sum in FP16 or FP32), from the bare operators of the papers to a unit with the SRAM reads that feed it, each with
/// its ratio to the ternary one.
///
/// | table                    | holds                                                                             |
/// |--------------------------|-----------------------------------------------------------------------------------|
/// | remains_fp16, remains_int8 | the ratios of the next four side by side                                        |
/// | decode, prefill          | the stages; a weight is for one token, or held for 32; weights as each format has |
/// |                          | them: a ternary layer's, bell-shaped ones for INT8 and FP16                       |
/// | decode_same, prefill_same| the same with the ternary layer's weights in every operator                       |
/// | reads                    | bits of a weight and an activation, and what reading them takes                   |
/// | unit                     | an operation in a unit: settled logic, glitches, registers, clock, pins, leakage  |
/// | zeros                    | a ternary add by the share of zero weights                                        |
/// | levels_16, levels_64     | the adder tree level by level, J a ternary add, where the report has it           |
///
/// Rows `sram_<n>`: the unit, a read of the activation for every n columns (outputs) that share it, and one of the
/// weight for each token, or for every 32. Buffers have the accelerator's sizes. Throws RequestError on a machine that
/// is not ternary, and InputError on a report that lacks a design.
StatisticNode operator_costs_node(const OperatorCostInput& input);

}  // namespace ternsim::explore
