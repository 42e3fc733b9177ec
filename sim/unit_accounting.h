#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ternsim::sim {

/// Why a unit that has a command does not work on it. A command that lacks several things is charged, from reaching its
/// unit until it starts, to the one that came last: had another come earlier, it would have started no sooner.
enum class Stall : std::uint8_t {
  Weights,           ///< waits for a LoadWeights command
  Kv,                ///< waits for a LoadKv or StoreKv command
  Embedding,         ///< waits for a LoadEmbedding command
  OperandMatrix,     ///< waits for a result of the matrix unit
  OperandVector,     ///< waits for a result of the vector unit
  OperandAttention,  ///< waits for a result of the attention unit
  OperandLmHead,     ///< waits for a result of the LM-head unit: logits, or where a router sends the tokens
  Buffer,            ///< DMA: the memory that it would fill is still in use
  DmaSetup,          ///< DMA: decodes a descriptor that could not be decoded behind its predecessor's data
  DramLatency,       ///< DMA: the data bus stands still: precharge, activate, access
  DramTurnaround,    ///< DMA: the data bus changes between reading and writing
  DramRefresh,       ///< DMA: the banks are being refreshed
  QueueFull          ///< sequencer: the queue of the next command's unit is full
};
constexpr std::size_t kStalls = 13;
std::string_view name_of(Stall cause);
/// The exact condition under which a cycle is charged to this cause, as a sentence.
std::string_view description_of(Stall cause);

using StallCycles = std::array<std::int64_t, kStalls>;  ///< by Stall

/// Where one unit's cycles went. total = busy + idle + all stalls, asserted when a run ends.
struct UnitAccounting {
  std::int64_t busy = 0;
  std::int64_t idle = 0;  ///< no command is waiting
  StallCycles stalls{};

  std::int64_t total() const;
  UnitAccounting& operator+=(const UnitAccounting& other);
};

}  // namespace ternsim::sim
