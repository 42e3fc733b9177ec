#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "sim/program/dram_config.h"

namespace ternsim::sim {

/// Division of numbers that are not negative by a number that is nearly always a power of two.
class Divisor {
 public:
  explicit Divisor(std::int64_t n) : n_(n) {
    const auto bits = static_cast<std::uint64_t>(n);
    if (std::has_single_bit(bits)) shift_ = std::countr_zero(bits);
  }
  std::int64_t operator()() const { return n_; }
  std::int64_t quotient(std::int64_t x) const { return shift_ >= 0 ? x >> shift_ : x / n_; }
  std::int64_t remainder(std::int64_t x) const { return shift_ >= 0 ? x & (n_ - 1) : x % n_; }

 private:
  std::int64_t n_;
  int shift_ = -1;  // log2 of a power of two
};

/// Where a burst stands in its channel.
struct BurstPlace {
  std::int64_t row = 0;
  std::int32_t bank = 0;   ///< of the whole channel: group x banks per group + bank of the group
  std::int32_t group = 0;  ///< bank group
};

/// A run of consecutive bursts of one channel that use one row of each of `ways` banks in turn: burst i of the channel
/// is in bank `banks[(offset + i - first) mod ways]`.
struct RowSegment {
  std::int64_t row = 0;
  std::int64_t bursts = 0;  ///< until the next segment
  std::int64_t offset = 0;  ///< of the first burst, from where the rows begin
  const std::int32_t* banks = nullptr;
};

/// The bursts of one channel that a range of addresses covers, numbered as the channel sees them.
struct BurstRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Turns addresses into channels, banks and rows, as the mapping of the configuration says.
class AddressMap {
 public:
  explicit AddressMap(const DramConfig& config);

  /// The channel's share of [address, address + bytes), bytes > 0, in whole bursts. Where the channel is the last field
  /// the range is dealt out `channel_interleave_bytes` at a time; where it is the first, each channel holds one region,
  /// and addresses beyond the last begin again at the first.
  BurstRange range(int channel, std::uint64_t address, std::int64_t bytes) const;
  BurstPlace place(std::int64_t burst) const;
  RowSegment segment(std::int64_t burst) const;

  /// Banks that one segment uses in turn.
  const Divisor& ways() const { return ways_; }
  /// Of `steps` steps from one burst to the next, beginning at offset `offset` of a segment: how many stay in the same
  /// bank group.
  std::int64_t steps_in_group(std::int64_t offset, std::int64_t steps) const;

 private:
  struct Digit {
    DramField field;
    Divisor size;
  };
  DramConfig config_;
  bool channel_last_;
  std::vector<Digit> digits_;  // of a channel's burst number, least significant first
  Divisor segment_bursts_{1};  // columns x ways
  Divisor ways_{1};
  std::int64_t group_run_ = 0;       // consecutive bursts in one group within a segment; 0: all of them
  std::vector<std::int32_t> banks_;  // ways_ entries for each value of the fields between row and column
  std::int64_t bank_sets_ = 1;       // such values
};

}  // namespace ternsim::sim
