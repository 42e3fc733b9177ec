#include "sim/dma_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

namespace {

/// A transaction's length is an unsigned int; this many bytes go into one.
constexpr std::int64_t kLongestTransaction = std::int64_t{1} << 30;

bool writes(const Command& command) { return command.kind == CommandKind::StoreKv; }

void add(DramTransfer& sum, const DramTransfer& t) {
  sum.latency += t.latency;
  sum.turnaround += t.turnaround;
  sum.refresh += t.refresh;
  sum.data += t.data;
  sum.bytes += t.bytes;
  sum.bursts += t.bursts;
  sum.activations += t.activations;
}

}  // namespace

DmaUnit::DmaUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)),
      memory("memory"),
      config_(config) {}

ProcessingUnit::Occupancy DmaUnit::occupancy(const Command& command) {
  const Cycle now = now_cycle();
  const Cycle setup = now == previous_end_ ? 0 : config_.dma_setup_cycles;
  transfer_ = access(command, setup);
  Occupancy o{.busy = transfer_.data, .stalled = transfer_.latency, .cause = Stall::DramLatency};
  o.more[static_cast<std::size_t>(Stall::DmaSetup)] = setup;
  o.more[static_cast<std::size_t>(Stall::DramTurnaround)] = transfer_.turnaround;
  o.more[static_cast<std::size_t>(Stall::DramRefresh)] = transfer_.refresh;
  previous_end_ = now + setup + transfer_.cycles();
  return o;
}

/// Sends the command's transactions to the memory, one behind the other.
DramTransfer DmaUnit::access(const Command& command, Cycle setup) {
  DramTransfer sum;
  const Cycle start = now_cycle() + setup;
  Cycle end = start;
  for (std::int64_t done = 0; done < command.bytes;) {
    const std::int64_t bytes = std::min(kLongestTransaction, command.bytes - done);
    DramExtension extension;
    tlm::tlm_generic_payload transaction;
    transaction.set_command(writes(command) ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    transaction.set_address(command.address + static_cast<std::uint64_t>(done));
    transaction.set_data_length(static_cast<unsigned>(bytes));
    transaction.set_streaming_width(static_cast<unsigned>(bytes));
    transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    transaction.set_extension(&extension);
    sc_core::sc_time delay = cycles_to_time(std::max<Cycle>(0, end - now_cycle()));
    memory->b_transport(transaction, delay);
    transaction.clear_extension(&extension);
    if (!transaction.is_response_ok()) {
      refused_ = config_.dram.present()
                     ? fmt::format("the memory refused {} bytes at address {:#x}: {}", bytes, command.address,
                                   transaction.get_response_string())
                     : fmt::format(
                           "{} moves {} bytes between DRAM and chip, but dram.memory is none; give it a "
                           "memory, or keep all weights (resident_weights) and the KV cache (kv_cache) on chip",
                           name_of(command.kind), command.bytes);
      return sum;
    }
    const Cycle then = now_cycle() + static_cast<Cycle>(delay.value());
    add(sum, extension.answered ? extension.transfer : unexplained(bytes, then - end));
    end = then;
    done += bytes;
  }
  return sum;
}

/// What a memory's delay means that says no more: data at the configured peak rate, the rest is latency. Where no
/// memory is configured, all of it is data.
DramTransfer DmaUnit::unexplained(std::int64_t bytes, Cycle cycles) const {
  const DramConfig& d = config_.dram;
  if (!d.present()) return {.data = cycles, .bytes = bytes};
  DramTransfer t;
  const double at_peak = static_cast<double>(bytes) / d.bytes_per_second() * config_.clock_hz;
  t.data = std::min(cycles, static_cast<Cycle>(std::ceil(at_peak)));
  t.latency = cycles - t.data;
  t.bursts = (bytes + d.burst_bytes - 1) / d.burst_bytes;
  t.bytes = t.bursts * d.burst_bytes;
  return t;
}

void DmaUnit::perform(const Command& command) {
  if (!refused_.empty()) throw RequestError(std::exchange(refused_, {}));
  counters_.bytes_asked += command.bytes;
  counters_.bytes_moved += transfer_.bytes;
  counters_.row_activations += transfer_.activations;
  counters_.row_hits += transfer_.row_hits();
  counters_.turnaround_cycles += transfer_.turnaround;
  const auto moved_bits = static_cast<std::uint64_t>(transfer_.bytes) * 8;
  const auto asked_bits = static_cast<std::uint64_t>(command.bytes) * 8;
  count(Part::Dram, writes(command) ? Action::DramWrite : Action::DramRead, 0, moved_bits);
  const int vector_port = config_.vector.lanes * 32;
  switch (command.kind) {
    case CommandKind::LoadWeights: {
      const int port = config_.matrix.weight_port_bits();
      count(Part::WeightSram, Action::SramWrite, port, asked_bits);
      break;
    }
    case CommandKind::LoadEmbedding:
      // Widened to float32 on the way in.
      count(Part::AccumulatorSram, Action::SramWrite, vector_port,
            static_cast<std::uint64_t>(command.tokens * command.rows) * 32);
      break;
    case CommandKind::StoreKv: {
      // From float32 values; `rows` of them a token.
      const auto values = static_cast<std::uint64_t>(command.tokens * command.rows);
      count(Part::AccumulatorSram, Action::SramRead, vector_port, values * 32);
      break;
    }
    case CommandKind::LoadKv:
      count(Part::KvSram, Action::SramWrite, config_.attention.lanes * config_.kv_cache.bits, asked_bits);
      break;
    default:
      break;
  }
}

}  // namespace ternsim::sim
