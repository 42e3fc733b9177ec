#pragma once

#include "model/graph.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/program.h"

namespace ternsim::sim {

/// Maps one pass of a graph onto an accelerator.
///
/// Weights stream from DRAM in chunks of whole row tiles, as large as one half of the double-buffered weight SRAM;
/// chunk i + 2 waits until chunk i has been used. The tokens of a pass go through all layers in blocks that fit the
/// accumulator SRAM (float32 residual, and the larger of q + k + v and gate + up + hidden) and the activation SRAM
/// (the widest BitLinear input); weights are read again for each block. New keys and values are stored before the cache
/// is read, so that one read of context + tokens positions serves a block. Logits are computed for the last token of
/// each sequence.
///
/// Throws RequestError, naming the key and what would fit, when a row tile does not fit half of the weight SRAM, one
/// token's values do not fit a buffer, or the context is longer than the model's.
Program map_pass(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass);

}  // namespace ternsim::sim
