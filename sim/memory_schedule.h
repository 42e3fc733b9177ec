#pragma once

#include <memory>
#include <vector>

#include "sim/dram/dram_model.h"
#include "sim/stream_schedule.h"

namespace ternsim::sim {

/// How a stream's transfers stand in a memory and come from there.
struct MemoryStream {
  DramConfig dram;
  double clock_hz = 0;                    ///< the engine's
  std::uint64_t address = 0;              ///< of the first transfer; the others follow without gaps
  std::int64_t transfer_bytes = 0;        ///< of one transfer of the stream
  std::vector<std::int64_t> descriptors;  ///< transfers that each descriptor of the DMA fetches, in order
  Cycle setup_cycles = 0;                 ///< as DmaUnit: in front of a descriptor that does not follow directly
  int banks = 0;                          ///< 0: a FIFO, else banks that free_bank() frees
};

/// A stream out of a DRAM: a DMA fetches descriptor by descriptor into an on-chip buffer. A descriptor starts when its
/// predecessor has ended and the buffer has room for it; its transfers can be taken from the cycle on in which its last
/// byte has moved. The buffer is a FIFO that holds twice the largest descriptor, or banks that hold a descriptor each
/// until somebody says that it is not needed any more.
class MemorySchedule final : public StreamSchedule {
 public:
  /// Throws RequestError on an empty descriptor or on a memory that is `none`.
  explicit MemorySchedule(const MemoryStream& stream);
  /// Throws std::out_of_range behind the last transfer.
  Cycle next(std::int64_t transfer, Cycle from) override;
  /// The oldest bank in use is free from cycle `at` on. Calls come in the order of their cycles.
  void free_bank(Cycle at);

 private:
  void start_descriptors(Cycle now);
  bool has_room() const;

  MemoryStream stream_;
  std::unique_ptr<DramModel> dram_;
  std::size_t freed_ = 0;       // banks
  std::int64_t taken_ = 0;      // transfers
  std::int64_t fifo_ = 0;       // transfers
  std::size_t started_ = 0;     // descriptors
  std::int64_t fetched_ = 0;    // transfers of the descriptors that were started
  Cycle previous_end_ = -1;     // of the last descriptor that was started
  std::vector<Cycle> arrival_;  // by transfer
};

}  // namespace ternsim::sim
