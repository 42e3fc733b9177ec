#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ternsim::model {

/// Byte strings and the ids they stand for, sorted: a look-up is a binary search over the strings' first eight bytes
/// as numbers, within those that begin with the same two bytes. No hash that a hostile file could make collide, and
/// its own copy of the strings.
class PieceIndex {
 public:
  PieceIndex() = default;
  /// `ids` index `pieces`, which has at most 2^32 - 1 bytes in all; throws InputError on more.
  PieceIndex(std::span<const std::string> pieces, std::span<const std::int32_t> ids);

  /// The id of these bytes, or -1; of several, the lowest.
  std::int32_t find(std::string_view bytes) const;
  std::size_t size() const { return ids_.size(); }
  /// Two ids of the same bytes, if there are any.
  std::optional<std::pair<std::int32_t, std::int32_t>> twins() const;

 private:
  std::string_view bytes_at(std::size_t i) const {
    return std::string_view(bytes_).substr(begin_[i], begin_[i + 1] - begin_[i]);
  }

  std::string bytes_;                 // the strings, one behind another
  std::vector<std::uint32_t> begin_;  // of each in bytes_, and the end
  std::vector<std::uint64_t> keys_;   // first eight bytes, the first the most significant, zeros behind a shorter one
  std::vector<std::int32_t> ids_;
  std::vector<std::uint32_t> bucket_;  // by first two bytes of the key: where they start, and the end
};

}  // namespace ternsim::model
