#pragma once

#include <string>

#include "base/statistic.h"
#include "sim/simulation.h"

namespace ternsim::explore {

/// What an operator is called in every layer and for every expert: "blk.3.attn_q" is an "attn_q", "blk.0.ffn_up_rank1"
/// an "ffn_up". What a node's name may not hold becomes '_'.
std::string role_of(const model::Op& op);

/// Node "operators" of a phase: the roofline of Williams, Waterman and Patterson (Communications of the ACM 52(4),
/// 2009) with DRAM as its slope. Children "by_kind" and "by_role" have one child each per operator kind or role, with
/// the figures of all layers, experts and passes summed:
///
///     macs, dram_bytes, macs_per_byte = macs / dram_bytes (absent without DRAM traffic)
///     busy_cycles of its unit, vector_cycles (of a linear layer: dequantise), dma_cycles (data and stalls)
///     critical_cycles = the largest of the three: what is left when the others hide behind it
///     attained = macs / (critical_cycles / clock), roof = min(peak of its unit, macs_per_byte x DRAM peak),
///     roof_share = attained / roof, bound = whose roof it is: "dram" or the unit
///
/// A unit's peak is lanes x clock; of the matrix unit, what its datapath makes of a large product without zeros.
/// `peak_<unit>` of the node itself are those of the units with multiply-accumulates.
/// Operators without multiply-accumulates have no roof: for them `bound` is the unit of the critical cycles.
StatisticNode operators_node(const sim::AcceleratorConfig& config, const model::Graph& graph,
                             const sim::PassResult& total);

}  // namespace ternsim::explore
