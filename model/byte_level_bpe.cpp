#include "model/byte_level_bpe.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/vocabulary_tools.h"

namespace ternsim::model {

ByteLevelBpe::ByteLevelBpe(const Vocabulary& vocabulary, std::span<const std::string> pieces,
                           std::span<const std::int32_t> plain, const std::string& origin)
    : index_(pieces, plain), ignore_merges_(vocabulary.ignore_merges) {
  if (const auto twins = index_.twins())
    throw InputError(fmt::format("{}: tokens {} and {} are both '{}'", origin, twins->first, twins->second,
                                 printable(vocabulary.tokens[static_cast<std::size_t>(twins->first)])));
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    byte_ids_[static_cast<std::size_t>(byte)] = index_.find({&c, 1});
  }
  merges_ = vocabulary.merge_any ? merges_of_any(pieces, plain) : listed_merges(vocabulary, origin);
  if (const auto& twins = merges_.twins())
    throw InputError(fmt::format("{}: merges {} and {} are the same", origin, twins->first, twins->second));
}

RankedMerges ByteLevelBpe::listed_merges(const Vocabulary& vocabulary, const std::string& origin) const {
  std::vector<RankedMerges::Merge> merges;
  merges.reserve(vocabulary.merges.size());
  std::string joined;
  for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const auto id_of = [&](const std::string& spelling, const std::optional<std::string>& bytes) {
      const std::int32_t id = bytes ? index_.find(*bytes) : -1;
      if (id < 0)
        throw InputError(fmt::format("{}: merge {} needs '{}', which is no token", origin, rank, printable(spelling)));
      return id;
    };
    const auto& [left, right] = vocabulary.merges[rank];
    const auto left_bytes = bytes_of_spelling(left);
    const auto right_bytes = bytes_of_spelling(right);
    const std::int32_t left_id = id_of(left, left_bytes);
    const std::int32_t right_id = id_of(right, right_bytes);
    joined = *left_bytes + *right_bytes;
    const std::int32_t result = index_.find(joined);
    if (result < 0)
      throw InputError(
          fmt::format("{}: merge {} needs '{}', which is no token", origin, rank, printable(left + right)));
    merges.push_back({left_id, right_id, static_cast<std::int32_t>(rank), result});
  }
  return RankedMerges(std::move(merges), static_cast<std::int32_t>(vocabulary.tokens.size()));
}

// A tiktoken file ranks the results, not the pairs: all ways to make a token have its rank.
RankedMerges ByteLevelBpe::merges_of_any(std::span<const std::string> pieces,
                                         std::span<const std::int32_t> plain) const {
  std::vector<RankedMerges::Merge> merges;
  for (const std::int32_t id : plain) {
    const std::string_view piece = pieces[static_cast<std::size_t>(id)];
    for (std::size_t cut = 1; cut < piece.size(); ++cut) {
      const std::int32_t left = index_.find(piece.substr(0, cut));
      const std::int32_t right = left < 0 ? -1 : index_.find(piece.substr(cut));
      if (right >= 0) merges.push_back({left, right, id, id});
    }
  }
  return RankedMerges(std::move(merges), static_cast<std::int32_t>(pieces.size()));
}

void ByteLevelBpe::encode(std::string_view text, bool /*first*/, std::vector<std::int32_t>& ids) const {
  std::vector<std::int32_t> word;
  for (const std::string_view bytes : pre_tokenizer_.split(text)) {
    if (const std::int32_t whole = ignore_merges_ ? index_.find(bytes) : -1; whole >= 0) {
      ids.push_back(whole);
      continue;
    }
    word.clear();
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte_ids_[byte] < 0)
        throw InputError(fmt::format("the vocabulary has no token for byte 0x{:02x}; leave it out of the text", byte));
      word.push_back(byte_ids_[byte]);
    }
    merges_.apply(word);
    ids.insert(ids.end(), word.begin(), word.end());
  }
}

}  // namespace ternsim::model
