#include "sim/memory_schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace ternsim::sim {

MemorySchedule::MemorySchedule(const MemoryStream& stream) : stream_(stream) {
  if (!stream.dram.present()) throw RequestError("a stream from memory needs a memory: dram.memory is none");
  for (const std::int64_t transfers : stream.descriptors) {
    if (transfers < 1) throw RequestError(fmt::format("a descriptor of {} transfers: must be 1 or more", transfers));
    fifo_ = std::max(fifo_, 2 * transfers);
  }
  dram_ = make_dram_model(stream.dram, stream.clock_hz);
}

Cycle MemorySchedule::next(std::int64_t transfer, Cycle from) {
  taken_ = transfer;
  start_descriptors(from);
  if (stream_.banks > 0 && transfer >= fetched_) return kNotYet;
  return std::max(from, arrival_.at(static_cast<std::size_t>(transfer)));
}

void MemorySchedule::free_bank(Cycle at) {
  ++freed_;
  start_descriptors(at);
}

bool MemorySchedule::has_room() const {
  if (stream_.banks > 0) return started_ < freed_ + static_cast<std::size_t>(stream_.banks);
  return fetched_ + stream_.descriptors[started_] - fifo_ <= taken_;
}

/// Starts what has room in cycle `now`, and had none before.
void MemorySchedule::start_descriptors(Cycle now) {
  while (started_ < stream_.descriptors.size() && has_room()) {
    const std::int64_t transfers = stream_.descriptors[started_++];
    Cycle start = std::max(now, previous_end_);
    if (start != previous_end_) start += stream_.setup_cycles;
    const DramTransfer moved =
        dram_->transfer(start, stream_.address + static_cast<std::uint64_t>(fetched_ * stream_.transfer_bytes),
                        transfers * stream_.transfer_bytes, false);
    previous_end_ = start + moved.cycles();
    fetched_ += transfers;
    arrival_.resize(static_cast<std::size_t>(fetched_), previous_end_);
  }
}

}  // namespace ternsim::sim
