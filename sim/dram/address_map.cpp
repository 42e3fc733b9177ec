#include "sim/dram/address_map.h"

#include <algorithm>

namespace ternsim::sim {

AddressMap::AddressMap(const DramConfig& config)
    : config_(config), channel_last_(config.mapping.back() == DramField::Channel) {
  std::vector<DramField> order(config.mapping.rbegin(), config.mapping.rend());
  std::erase(order, DramField::Channel);
  for (const DramField field : order) {
    const std::int64_t size = field == DramField::Row     ? config.rows
                              : field == DramField::Bank  ? config.banks_per_group
                              : field == DramField::Group ? config.bank_groups
                                                          : config.row_bytes / config.burst_bytes;
    digits_.push_back({field, Divisor(size)});
  }
  const auto column = std::ranges::find(digits_, DramField::Column, &Digit::field);
  const bool groups = config.bank_groups > 1;
  std::int64_t ways = 1;
  for (auto digit = digits_.begin(); digit != column; ++digit) {
    if (digit->field == DramField::Group && groups) group_run_ = ways;
    ways *= digit->size();
  }
  ways_ = Divisor(ways);
  segment_bursts_ = Divisor(column->size() * ways);

  for (auto digit = column + 1; digit != digits_.end(); ++digit)
    if (digit->field != DramField::Row) bank_sets_ *= digit->size();
  for (std::int64_t set = 0; set < bank_sets_; ++set) {
    for (std::int32_t way = 0; way < ways; ++way) {
      std::int64_t bank = 0, group = 0, rest = way;
      for (auto digit = digits_.begin(); digit != digits_.end(); ++digit) {
        if (digit == column) rest = set;
        if (digit == column || digit->field == DramField::Row) continue;
        (digit->field == DramField::Bank ? bank : group) = digit->size.remainder(rest);
        rest = digit->size.quotient(rest);
      }
      banks_.push_back(static_cast<std::int32_t>(group * config.banks_per_group + bank));
    }
  }
}

BurstRange AddressMap::range(int channel, std::uint64_t address, std::int64_t bytes) const {
  const std::int64_t burst = config_.burst_bytes;
  auto begin = static_cast<std::int64_t>(address) / burst * burst;
  std::int64_t end = (static_cast<std::int64_t>(address) + bytes + burst - 1) / burst * burst;
  std::int64_t first = 0;
  std::int64_t last = 0;
  if (channel_last_) {
    const std::int64_t piece = config_.channel_interleave_bytes;
    const std::int64_t stripe = piece * config_.channels;
    const auto below = [&](std::int64_t a) {
      return a / stripe * piece + std::clamp<std::int64_t>(a % stripe - channel * piece, 0, piece);
    };
    first = below(begin);
    last = below(end);
  } else {
    const std::int64_t region = config_.channel_capacity_bytes();
    const std::int64_t wrapped = begin / (region * config_.channels) * (region * config_.channels);
    begin -= wrapped + channel * region;
    end -= wrapped + channel * region;
    const bool final_channel = channel + 1 == config_.channels;  // what crosses the end of the memory stays in it
    first = final_channel ? std::max<std::int64_t>(begin, 0) : std::clamp<std::int64_t>(begin, 0, region);
    last = final_channel ? std::max<std::int64_t>(end, 0) : std::clamp<std::int64_t>(end, 0, region);
  }
  return {first / burst, (last - first) / burst};
}

RowSegment AddressMap::segment(std::int64_t burst) const {
  RowSegment s;
  s.offset = segment_bursts_.remainder(burst);
  s.bursts = segment_bursts_() - s.offset;
  std::int64_t high = segment_bursts_.quotient(burst);
  std::int64_t set = 0;
  std::int64_t scale = 1;
  bool above = false;
  for (const Digit& digit : digits_) {
    if (!above) {
      above = digit.field == DramField::Column;
      continue;
    }
    if (digit.field == DramField::Row) {
      // As the uppermost field the row is not bounded: a larger memory of the same timing is taken to be there.
      const bool uppermost = &digit == &digits_.back();
      s.row = uppermost ? high : digit.size.remainder(high);
      high = uppermost ? 0 : digit.size.quotient(high);
      continue;
    }
    set += scale * digit.size.remainder(high);
    scale *= digit.size();
    high = digit.size.quotient(high);
  }
  s.banks = &banks_[static_cast<std::size_t>(set * ways_())];
  return s;
}

BurstPlace AddressMap::place(std::int64_t burst) const {
  const RowSegment s = segment(burst);
  const std::int32_t bank = s.banks[ways_.remainder(s.offset)];
  return {s.row, bank, bank / config_.banks_per_group};
}

std::int64_t AddressMap::steps_in_group(std::int64_t offset, std::int64_t steps) const {
  if (group_run_ == 0) return steps;
  if (group_run_ == 1) return 0;
  return steps - ((offset + steps) / group_run_ - offset / group_run_);
}

}  // namespace ternsim::sim
