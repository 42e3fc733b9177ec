#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace ternsim::model {

/// Byte-pair merges of token ids (Sennrich et al., arXiv 1508.07909).
class RankedMerges {
 public:
  struct Merge {
    std::int32_t left;
    std::int32_t right;
    std::int32_t rank;  ///< lowest first; merges of one rank leftmost first
    std::int32_t result;
  };

  RankedMerges() = default;
  /// Ids are in 0 ... id_count - 1.
  RankedMerges(std::vector<Merge> merges, std::int32_t id_count);

  /// Of two merges of the same pair their ranks, lower first, if there are any.
  const std::optional<std::pair<std::int32_t, std::int32_t>>& twins() const { return twins_; }
  /// Merges until no neighbours are left that merge, in time n log n.
  void apply(std::vector<std::int32_t>& ids) const;

 private:
  struct Entry {
    std::int32_t right;
    std::int32_t rank;
    std::int32_t result;
  };
  const Entry* find(std::int32_t left, std::int32_t right) const;

  std::vector<Entry> entries_;        // sorted by left, then right
  std::vector<std::uint32_t> start_;  // by left id: where its entries start, and the end
  std::optional<std::pair<std::int32_t, std::int32_t>> twins_;
};

}  // namespace ternsim::model
