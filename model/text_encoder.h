#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim::model {

/// The part of a tokenizer that differs between its kinds: ids of text that holds no spelled-out tokens.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;
  /// Appends the ids of a text. `first`: nothing but control tokens stands in front of it. Throws InputError on text
  /// that is not UTF-8, or that the vocabulary cannot spell.
  virtual void encode(std::string_view text, bool first, std::vector<std::int32_t>& ids) const = 0;
};

}  // namespace ternsim::model
