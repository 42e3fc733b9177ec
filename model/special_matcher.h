#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/piece_index.h"

namespace ternsim::model {

/// Finds the spellings of some tokens in a text: leftmost first, of those at one place the longest.
class SpecialMatcher {
 public:
  struct Match {
    std::size_t at = std::string_view::npos;  ///< npos: there is none
    std::size_t length = 0;
    std::int32_t id = -1;
  };

  SpecialMatcher() = default;
  SpecialMatcher(std::span<const std::string> pieces, std::span<const std::int32_t> ids);

  /// The first at or behind `from`.
  Match find(std::string_view text, std::size_t from) const;
  const PieceIndex& index() const { return index_; }

 private:
  PieceIndex index_;
  std::vector<std::vector<std::size_t>> lengths_;  // by first byte: the spellings' lengths, longest first, each once
};

}  // namespace ternsim::model
