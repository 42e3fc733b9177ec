#include "sim/operator_work.h"

namespace ternsim::sim {

OperatorWork& OperatorWork::operator+=(const OperatorWork& other) {
  macs += other.macs;
  dram_bytes += other.dram_bytes;
  dma_stalled += other.dma_stalled;
  for (std::size_t i = 0; i < kUnits; ++i) busy[i] += other.busy[i];
  return *this;
}

std::uint64_t macs_of(const Command& command, const model::ModelShape& shape) {
  switch (command.kind) {
    case CommandKind::MatmulChunk:
    case CommandKind::HeadChunk:
      return static_cast<std::uint64_t>(command.rows * command.cols) * static_cast<std::uint64_t>(command.tokens);
    case CommandKind::Attend:
      return 2 * static_cast<std::uint64_t>(shape.q_length()) * static_cast<std::uint64_t>(command.positions);
    default:
      return 0;
  }
}

}  // namespace ternsim::sim
