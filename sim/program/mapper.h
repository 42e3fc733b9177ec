#pragma once

#include <cstdint>
#include <span>

#include "model/graph.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/program.h"
#include "sim/program/value_profile.h"
#include "sim/program/workload.h"

namespace ternsim::sim {

/// Maps one pass of a graph onto an accelerator.
///
/// **Weights** stream from DRAM in chunks of whole row tiles, as large as one bank of the weight SRAM (or
/// `mapping.chunk_rows`); a bank is filled again when its last chunk has been used. Where not even one row tile fits a
/// bank, K goes in parts, whose partial sums stand in the accumulator SRAM. Weights in the on-chip store need no load.
///
/// **Tokens** of a pass go through all layers in blocks that fit the accumulator SRAM (float32 residual, and the larger
/// of q + k + v and gate + up + hidden) and the activation SRAM (the widest BitLinear input), or in blocks of
/// `mapping.token_block`; weights are read again for each block, so the largest block moves the fewest bytes. Logits
/// are computed for the last token of each sequence.
///
/// **Keys and values** of the block itself reach the attention unit from the accumulator SRAM; earlier ones come from
/// DRAM in chunks of one bank of the key-value buffer, or stand in an SRAM of their own. New ones are stored behind the
/// loads of the next linear layer, which they would hold up.
///
/// **Experts.** Each token goes to `expert_used_count` of them; which ones is a matter of values. Taken is uniform
/// routing: T tokens reach E (1 - (1 - k/E)^T) experts on average, rounded, at least k; the tokens are shared out
/// evenly among these, and only their weights move.
///
/// `positions`: of one sequence at the end of the workload, for the room that keys and values take; at least
/// context + tokens.
///
/// Throws RequestError, naming the key and what would fit, when one row's smallest part does not fit a bank, one
/// token's values do not fit a buffer, or the context is longer than the model's.
Program map_pass(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass,
                 const ValueProfile& profile = {}, std::int64_t positions = 0);

/// Maps a graph of BitLinears alone, as sim/program/topology.h makes it, `tokens[i]` input vectors of operator i: its
/// weights as above, its tokens in blocks whose quantised inputs fit the activation SRAM and whose results fit the
/// accumulator SRAM. A block begins when the one before is done, whose room it takes, an operator likewise; weights are
/// loaded ahead. Taken is that a block's inputs then stand there quantised and that its results leave at no cost: only
/// weights move over the DRAM's bus. Throws RequestError as above.
Program map_products(const model::Graph& graph, const AcceleratorConfig& accelerator,
                     std::span<const std::int64_t> tokens, const ValueProfile& profile = {});

/// One pass of a workload: map_pass, or map_products of a workload that is a list of products.
Program map_workload_pass(const model::Graph& graph, const AcceleratorConfig& accelerator, const Workload& workload,
                          const model::Pass& pass, const ValueProfile& profile);

}  // namespace ternsim::sim
