#pragma once

#include "model/graph.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// Tokens per sequence that fit the accumulator and the activation SRAM together, or `mapping.token_block`; a multiple
/// of the accumulator slots where more than that many fit. Throws RequestError, naming the key and what would fit.
std::int64_t token_block_of(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass);

/// The same for one BitLinear by itself: its quantised inputs and its results must fit. `tokens`: all of them.
std::int64_t product_block_of(const model::Op& op, const AcceleratorConfig& accelerator, std::int64_t tokens);

/// Experts of a mixture that `tokens` tokens reach on average under uniform routing, rounded, at least those of one.
std::int64_t experts_reached(const model::ModelShape& shape, std::int64_t tokens);

}  // namespace ternsim::sim
