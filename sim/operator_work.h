#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/graph.h"
#include "sim/program/program.h"

namespace ternsim::sim {

/// What one operator of the graph asked of the machine in a pass.
struct OperatorWork {
  std::uint64_t macs = 0;                   ///< multiply-accumulates, or ternary adds in their place
  std::int64_t dram_bytes = 0;              ///< asked of the DMA, loads and stores
  std::int64_t dma_stalled = 0;             ///< cycles of the DMA in which its descriptors held the bus still
  std::array<std::int64_t, kUnits> busy{};  ///< cycles by Unit; of the DMA those in which data moved

  OperatorWork& operator+=(const OperatorWork& other);
};

/// By index into Graph::ops.
using OperatorTable = std::vector<OperatorWork>;

/// Multiply-accumulates of a command, from its shape: rows x cols x tokens of a product, and queries by keys and
/// probabilities by values of an attention. The rest multiplies no matrices: 0.
std::uint64_t macs_of(const Command& command, const model::ModelShape& shape);

}  // namespace ternsim::sim
