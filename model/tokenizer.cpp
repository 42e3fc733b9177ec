#include "model/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <queue>

#include "base/error.h"
#include "base/utf8.h"
#include "model/gguf_reader.h"

namespace ternsim::model {

namespace {

constexpr std::int32_t kNormalType = 1;
constexpr std::int32_t kByteType = 6;

// GPT-2 writes a byte as the character of the same number where that can be seen, and the others, in order, as the
// characters from U+0100 on.
bool seen_as_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/// By character, the byte that it stands for, or -1.
const std::array<int, 0x144>& bytes_by_character() {
  static const std::array<int, 0x144> kTable = [] {
    std::array<int, 0x144> table{};
    table.fill(-1);
    std::size_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) table[seen_as_itself(byte) ? static_cast<std::size_t>(byte) : next++] = byte;
    return table;
  }();
  return kTable;
}

std::optional<std::string> bytes_of(std::string_view spelling) {
  std::string bytes;
  for (std::size_t at = 0; at < spelling.size();) {
    const Utf8Char c = utf8_at(spelling, at);
    if (c.state != Utf8Char::State::Valid || c.code >= bytes_by_character().size()) return std::nullopt;
    const int byte = bytes_by_character()[c.code];
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
    at += c.length;
  }
  return bytes;
}

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return (static_cast<std::uint64_t>(left) << 32) | static_cast<std::uint32_t>(right);
}

}  // namespace

Tokenizer::Tokenizer(const Vocabulary& vocabulary, const std::string& origin) {
  const auto count = std::ssize(vocabulary.tokens);
  if (count == 0) throw InputError(origin + ": the model carries no tokenizer; give one that does");
  if (std::ssize(vocabulary.types) != count)
    throw InputError(fmt::format("{}: {} token types for {} tokens", origin, vocabulary.types.size(), count));
  const auto check_range = [&](std::int32_t id, const char* what) {
    if (id < -1 || id >= count)
      throw InputError(fmt::format("{}: {} {} is outside of 0 ... {}", origin, what, id, count - 1));
  };
  check_range(vocabulary.bos, "begin-of-text id");
  check_range(vocabulary.eos, "end-of-text id");
  bos_ = vocabulary.bos;
  eos_ = vocabulary.eos;
  read_pieces(vocabulary, origin);
  read_merges(vocabulary, origin);
}

void Tokenizer::read_pieces(const Vocabulary& vocabulary, const std::string& origin) {
  for (std::int32_t id = 0; id < std::ssize(vocabulary.tokens); ++id) {
    const std::string& spelling = vocabulary.tokens[static_cast<std::size_t>(id)];
    const std::int32_t type = vocabulary.types[static_cast<std::size_t>(id)];
    if (spelling.empty()) throw InputError(fmt::format("{}: token {} is empty", origin, id));
    const bool special = (type != kNormalType && type != kByteType) || id == bos_ || id == eos_;
    special_.push_back(special);
    if (special) {
      pieces_.push_back(spelling);  // spelled as it is, not in the alphabet
      specials_.push_back(id);
      continue;
    }
    auto bytes = bytes_of(spelling);
    if (!bytes)
      throw InputError(
          fmt::format("{}: token {}, '{}', is not spelled in the byte-to-unicode alphabet of byte-level BPE", origin,
                      id, printable(spelling)));
    pieces_.push_back(std::move(*bytes));
    by_bytes_.push_back(id);
  }
  const auto piece_of = [&](std::int32_t id) -> const std::string& { return pieces_[static_cast<std::size_t>(id)]; };
  const auto refuse_twins = [&](const std::vector<std::int32_t>& ids) {
    const auto twin = std::adjacent_find(ids.begin(), ids.end(),
                                         [&](std::int32_t a, std::int32_t b) { return piece_of(a) == piece_of(b); });
    if (twin != ids.end())
      throw InputError(fmt::format("{}: tokens {} and {} are both '{}'", origin, *twin, *(twin + 1),
                                   printable(vocabulary.tokens[static_cast<std::size_t>(*twin)])));
  };
  std::stable_sort(by_bytes_.begin(), by_bytes_.end(),
                   [&](std::int32_t a, std::int32_t b) { return piece_of(a) < piece_of(b); });
  std::stable_sort(specials_.begin(), specials_.end(), [&](std::int32_t a, std::int32_t b) {
    const std::string& x = piece_of(a);
    const std::string& y = piece_of(b);
    return x.size() != y.size() ? x.size() > y.size() : x < y;
  });
  refuse_twins(by_bytes_);
  refuse_twins(specials_);
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    byte_ids_[static_cast<std::size_t>(byte)] = find_piece({&c, 1});
  }
}

void Tokenizer::read_merges(const Vocabulary& vocabulary, const std::string& origin) {
  const auto id_of = [&](const std::string& spelling, std::size_t rank) {
    const auto bytes = bytes_of(spelling);
    const std::int32_t id = bytes ? find_piece(*bytes) : -1;
    if (id < 0)
      throw InputError(fmt::format("{}: merge {} needs '{}', which is no token", origin, rank, printable(spelling)));
    return id;
  };
  merges_.reserve(vocabulary.merges.size());
  for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const auto& [left, right] = vocabulary.merges[rank];
    merges_.push_back(
        {pair_key(id_of(left, rank), id_of(right, rank)), static_cast<std::int32_t>(rank), id_of(left + right, rank)});
  }
  std::sort(merges_.begin(), merges_.end(),
            [](const Merge& a, const Merge& b) { return a.pair != b.pair ? a.pair < b.pair : a.rank < b.rank; });
  const auto twin = std::adjacent_find(merges_.begin(), merges_.end(),
                                       [](const Merge& a, const Merge& b) { return a.pair == b.pair; });
  if (twin != merges_.end())
    throw InputError(fmt::format("{}: merges {} and {} are the same", origin, twin->rank, (twin + 1)->rank));
}

std::int32_t Tokenizer::find_piece(std::string_view bytes) const {
  const auto it = std::lower_bound(by_bytes_.begin(), by_bytes_.end(), bytes, [&](std::int32_t id, std::string_view b) {
    return pieces_[static_cast<std::size_t>(id)] < b;
  });
  return it != by_bytes_.end() && pieces_[static_cast<std::size_t>(*it)] == bytes ? *it : -1;
}

const Tokenizer::Merge* Tokenizer::find_merge(std::int32_t left, std::int32_t right) const {
  const std::uint64_t pair = pair_key(left, right);
  const auto it = std::lower_bound(merges_.begin(), merges_.end(), pair,
                                   [](const Merge& m, std::uint64_t p) { return m.pair < p; });
  return it != merges_.end() && it->pair == pair ? &*it : nullptr;
}

void Tokenizer::check_id(std::int32_t id) const {
  if (id < 0 || id >= size())
    throw RequestError(fmt::format("token id {} is outside of the vocabulary, 0 ... {}", id, size() - 1));
}

bool Tokenizer::is_special(std::int32_t id) const {
  check_id(id);
  return special_[static_cast<std::size_t>(id)];
}

std::string_view Tokenizer::piece(std::int32_t id) const {
  check_id(id);
  return pieces_[static_cast<std::size_t>(id)];
}

std::int32_t Tokenizer::special_id(std::string_view spelling) const {
  const auto it =
      std::find_if(specials_.begin(), specials_.end(), [&](std::int32_t id) { return piece(id) == spelling; });
  return it != specials_.end() ? *it : -1;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, bool add_bos, SpecialTokens special) const {
  std::vector<std::int32_t> ids;
  if (add_bos) {
    if (bos_ < 0) throw RequestError("the vocabulary has no begin-of-text token to put in front; encode without it");
    ids.push_back(bos_);
  }
  if (special == SpecialTokens::AsText || specials_.empty()) {
    encode_plain(text, ids);
    return ids;
  }
  // At the first place where a control token stands, the longest one there.
  std::array<bool, 256> first{};
  for (const std::int32_t id : specials_) first[static_cast<unsigned char>(piece(id).front())] = true;
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::int32_t found = -1;
    if (first[static_cast<unsigned char>(text[at])]) {
      const auto it = std::find_if(specials_.begin(), specials_.end(),
                                   [&](std::int32_t id) { return text.substr(at).starts_with(piece(id)); });
      if (it != specials_.end()) found = *it;
    }
    if (found < 0) {
      ++at;
      continue;
    }
    encode_plain(text.substr(plain, at - plain), ids);
    ids.push_back(found);
    at += piece(found).size();
    plain = at;
  }
  encode_plain(text.substr(plain), ids);
  return ids;
}

void Tokenizer::encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const {
  for (const std::string_view bytes : pre_tokenizer_.split(text)) {
    const std::int32_t whole = find_piece(bytes);
    if (whole >= 0)
      ids.push_back(whole);
    else
      encode_piece(bytes, ids);
  }
}

void Tokenizer::encode_piece(std::string_view bytes, std::vector<std::int32_t>& ids) const {
  // The pieces as a linked list in place; a piece merged into its left neighbour has id -1.
  struct Node {
    std::int32_t id;
    std::int32_t previous;
    std::int32_t next;
  };
  struct Candidate {
    std::int32_t left;  // node
    std::int32_t left_id;
    std::int32_t right_id;
    const Merge* merge;
  };
  const auto later = [](const Candidate& a, const Candidate& b) {
    return a.merge->rank != b.merge->rank ? a.merge->rank > b.merge->rank : a.left > b.left;
  };
  const auto count = static_cast<std::int32_t>(bytes.size());
  std::vector<Node> nodes(bytes.size());
  for (std::int32_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    if (byte_ids_[byte] < 0)
      throw InputError(fmt::format("the vocabulary has no token for byte 0x{:02x}; leave it out of the text", byte));
    nodes[static_cast<std::size_t>(i)] = {byte_ids_[byte], i - 1, i + 1 < count ? i + 1 : -1};
  }
  const auto node = [&](std::int32_t i) -> Node& { return nodes[static_cast<std::size_t>(i)]; };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> queue(later);
  const auto offer = [&](std::int32_t left) {
    if (left < 0 || node(left).next < 0) return;
    const std::int32_t left_id = node(left).id;
    const std::int32_t right_id = node(node(left).next).id;
    if (const Merge* merge = find_merge(left_id, right_id)) queue.push({left, left_id, right_id, merge});
  };
  for (std::int32_t i = 0; i + 1 < count; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Node& left = node(best.left);
    // One of the two was merged otherwise since the pair was offered.
    if (left.id != best.left_id || left.next < 0 || node(left.next).id != best.right_id) continue;
    Node& right = node(left.next);
    left.id = best.merge->result;
    left.next = right.next;
    if (right.next >= 0) node(right.next).previous = best.left;
    right.id = -1;
    offer(left.previous);
    offer(best.left);
  }
  for (std::int32_t i = 0; i >= 0; i = node(i).next) ids.push_back(node(i).id);
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool show_special) const {
  std::string text;
  for (const std::int32_t id : ids)
    if (show_special || !is_special(id)) text += piece(id);
  return text;
}

std::string StreamDecoder::push(std::int32_t id) {
  held_ += tokenizer_.decode({&id, 1}, show_special_);
  // A character has at most four bytes: one that is incomplete begins in the last three.
  std::size_t complete = held_.size();
  for (std::size_t at = held_.size() - std::min<std::size_t>(held_.size(), 3); at < held_.size(); ++at) {
    if (utf8_at(held_, at).state == Utf8Char::State::Incomplete) {
      complete = at;
      break;
    }
  }
  std::string out = held_.substr(0, complete);
  held_.erase(0, complete);
  return out;
}

std::string StreamDecoder::finish() { return std::exchange(held_, {}); }

}  // namespace ternsim::model
