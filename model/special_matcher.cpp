#include "model/special_matcher.h"

#include <algorithm>
#include <functional>

namespace ternsim::model {

SpecialMatcher::SpecialMatcher(std::span<const std::string> pieces, std::span<const std::int32_t> ids)
    : index_(pieces, ids) {
  if (ids.empty()) return;
  lengths_.resize(256);
  for (const std::int32_t id : ids) {
    const std::string& piece = pieces[static_cast<std::size_t>(id)];
    lengths_[static_cast<unsigned char>(piece.front())].push_back(piece.size());
  }
  for (auto& lengths : lengths_) {
    std::sort(lengths.begin(), lengths.end(), std::greater<>());
    lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  }
}

SpecialMatcher::Match SpecialMatcher::find(std::string_view text, std::size_t from) const {
  if (lengths_.empty()) return {};
  for (std::size_t at = from; at < text.size(); ++at) {
    for (const std::size_t length : lengths_[static_cast<unsigned char>(text[at])]) {
      if (length > text.size() - at) continue;
      if (const std::int32_t id = index_.find(text.substr(at, length)); id >= 0) return {at, length, id};
    }
  }
  return {};
}

}  // namespace ternsim::model
