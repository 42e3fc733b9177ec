#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ternsim::sim {

/// Why a unit that has a command does not work on it: the immediate cause, and of several the first in the command's
/// waits.
///
/// | cause        | exact condition                                                                              |
/// |--------------|----------------------------------------------------------------------------------------------|
/// | weights      | waits for a LoadWeights command                                                               |
/// | kv           | waits for a LoadKv or StoreKv command                                                         |
/// | embedding    | waits for a LoadEmbedding command                                                             |
/// | operand      | waits for the matrix, vector, attention or LM-head unit to produce an input                   |
/// | buffer       | DMA: waits until the half of the weight SRAM that it would fill has been used                 |
/// | dram_latency | DMA: the DRAM's data bus stands still: access latency, descriptor set-up, bus turnaround      |
/// | queue_full   | sequencer: the queue of the next command's unit is full                                       |
enum class Stall : std::uint8_t { Weights, Kv, Embedding, Operand, Buffer, DramLatency, QueueFull };
constexpr std::size_t kStalls = 7;
std::string_view name_of(Stall cause);

/// Where one unit's cycles went. total = busy + idle + all stalls, asserted when a run ends.
struct UnitAccounting {
  std::int64_t busy = 0;
  std::int64_t idle = 0;  ///< no command is waiting
  std::array<std::int64_t, kStalls> stalls{};

  std::int64_t total() const;
  UnitAccounting& operator+=(const UnitAccounting& other);
};

}  // namespace ternsim::sim
