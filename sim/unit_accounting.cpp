#include "sim/unit_accounting.h"

#include <numeric>

namespace ternsim::sim {

namespace {

struct Cause {
  std::string_view name;
  std::string_view description;
};

constexpr std::array<Cause, kStalls> kCauses{{
    {"weights", "A command waits for weights to arrive."},
    {"kv", "A command waits for keys and values to arrive or be stored."},
    {"embedding", "A command waits for embedding rows to arrive."},
    {"operand_matrix", "A command waits for a result of the matrix unit."},
    {"operand_vector", "A command waits for a result of the vector unit."},
    {"operand_attention", "A command waits for a result of the attention unit."},
    {"operand_lm_head", "A command waits for a result of the LM-head unit."},
    {"buffer", "DMA: the on-chip memory that a load would fill is still in use."},
    {"dma_setup", "DMA: decodes a descriptor that could not be decoded behind its predecessor's data."},
    {"dram_latency", "DMA: the DRAM's data bus stands still: precharge, activate, access."},
    {"dram_turnaround", "DMA: the DRAM's data bus changes between reading and writing."},
    {"dram_refresh", "DMA: the DRAM's banks are being refreshed."},
    {"queue_full", "Sequencer: the queue of the next command's unit is full."},
}};

}  // namespace

std::string_view name_of(Stall cause) { return kCauses.at(static_cast<std::size_t>(cause)).name; }
std::string_view description_of(Stall cause) { return kCauses.at(static_cast<std::size_t>(cause)).description; }

std::int64_t UnitAccounting::total() const { return std::accumulate(stalls.begin(), stalls.end(), busy + idle); }

UnitAccounting& UnitAccounting::operator+=(const UnitAccounting& other) {
  busy += other.busy;
  idle += other.idle;
  for (std::size_t i = 0; i < kStalls; ++i) stalls[i] += other.stalls[i];
  return *this;
}

}  // namespace ternsim::sim
