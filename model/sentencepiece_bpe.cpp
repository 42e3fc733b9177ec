#include "model/sentencepiece_bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "model/gguf_reader.h"
#include "model/pretokenizer.h"

namespace ternsim::model {

namespace {

constexpr std::string_view kSpace = "\u2581";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string with_visible_spaces(std::string_view text, bool prefix) {
  std::string out(prefix ? kSpace : "");
  out.reserve(text.size() + text.size() / 4 + kSpace.size());
  for (const char c : text) {
    if (c == ' ')
      out += kSpace;
    else
      out += c;
  }
  return out;
}

}  // namespace

int byte_of_spelling(std::string_view spelling) {
  if (spelling.size() != 6 || !spelling.starts_with("<0x") || spelling[5] != '>') return -1;
  const int high = hex_digit(spelling[3]);
  const int low = hex_digit(spelling[4]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

SentencePieceBpe::SentencePieceBpe(const Vocabulary& vocabulary, const std::string& origin)
    : scores_(vocabulary.scores),
      by_rank_(!vocabulary.merges.empty()),
      unknown_(vocabulary.unknown),
      add_space_prefix_(vocabulary.add_space_prefix) {
  const std::size_t count = vocabulary.tokens.size();
  if (!by_rank_ && scores_.size() != count)
    throw InputError(fmt::format("{}: {} token scores for {} tokens", origin, scores_.size(), count));
  if (std::any_of(scores_.begin(), scores_.end(), [](float s) { return !(s - s == 0); }))
    throw InputError(origin + ": a token's score is no finite number");
  std::vector<std::int32_t> plain;
  unused_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t type = vocabulary.types[i];
    unused_[i] = type == token_type::kUnused;
    if (type == token_type::kNormal || type == token_type::kUserDefined || unused_[i])
      plain.push_back(static_cast<std::int32_t>(i));
  }
  index_ = PieceIndex(vocabulary.tokens, plain);
  if (const auto twins = index_.twins())
    throw InputError(fmt::format("{}: tokens {} and {} are both '{}'", origin, twins->first, twins->second,
                                 printable(vocabulary.tokens[static_cast<std::size_t>(twins->first)])));
  read_bytes(vocabulary, origin);
  if (by_rank_) read_merges(vocabulary, origin);
}

void SentencePieceBpe::read_bytes(const Vocabulary& vocabulary, const std::string& origin) {
  byte_ids_.fill(-1);
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.types[i] != token_type::kByte) continue;
    const int byte = byte_of_spelling(vocabulary.tokens[i]);
    if (byte < 0)
      throw InputError(fmt::format("{}: token {} is a byte, but '{}' is not spelled <0x00> ... <0xFF>", origin, i,
                                   printable(vocabulary.tokens[i])));
    std::int32_t& id = byte_ids_[static_cast<std::size_t>(byte)];
    if (id >= 0)
      throw InputError(
          fmt::format("{}: tokens {} and {} are both '{}'", origin, id, i, printable(vocabulary.tokens[i])));
    id = static_cast<std::int32_t>(i);
    has_bytes_ = true;
  }
  const auto missing = std::find(byte_ids_.begin(), byte_ids_.end(), -1);
  if (has_bytes_ && missing != byte_ids_.end())
    throw InputError(fmt::format("{}: some bytes have tokens, but byte 0x{:02X} has none; give all 256 or none", origin,
                                 missing - byte_ids_.begin()));
}

void SentencePieceBpe::read_merges(const Vocabulary& vocabulary, const std::string& origin) {
  std::vector<RankedMerges::Merge> merges;
  merges.reserve(vocabulary.merges.size());
  for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const auto id_of = [&](const std::string& piece) {
      const std::int32_t id = index_.find(piece);
      if (id < 0)
        throw InputError(fmt::format("{}: merge {} needs '{}', which is no token", origin, rank, printable(piece)));
      return id;
    };
    const auto& [left, right] = vocabulary.merges[rank];
    const std::int32_t left_id = id_of(left);
    const std::int32_t right_id = id_of(right);
    merges.push_back({left_id, right_id, static_cast<std::int32_t>(rank), id_of(left + right)});
  }
  merges_ = RankedMerges(std::move(merges), static_cast<std::int32_t>(vocabulary.tokens.size()));
  if (const auto& twins = merges_.twins())
    throw InputError(fmt::format("{}: merges {} and {} are the same", origin, twins->first, twins->second));
}

void SentencePieceBpe::encode(std::string_view text, bool first, std::vector<std::int32_t>& ids) const {
  require_text(text);
  const std::string visible = with_visible_spaces(text, first && add_space_prefix_);
  if (by_rank_)
    encode_by_rank(visible, ids);
  else
    encode_by_score(visible, ids);
}

void SentencePieceBpe::append_unknown(std::string_view character, bool after_unknown,
                                      std::vector<std::int32_t>& ids) const {
  if (has_bytes_) {
    for (const char c : character) ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
    return;
  }
  if (unknown_ < 0)
    throw InputError(
        fmt::format("the vocabulary has no token for '{}' and none for what is unknown; leave it out of "
                    "the text",
                    printable(character)));
  if (!after_unknown) ids.push_back(unknown_);
}

void SentencePieceBpe::encode_by_rank(std::string_view text, std::vector<std::int32_t>& ids) const {
  std::vector<std::int32_t> symbols;
  bool after_unknown = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, utf8_at(text, at).length);
    const std::int32_t id = index_.find(character);
    if (id >= 0)
      symbols.push_back(id);
    else
      append_unknown(character, after_unknown, symbols);
    after_unknown = id < 0;
    at += character.size();
  }
  merges_.apply(symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

void SentencePieceBpe::encode_by_score(std::string_view text, std::vector<std::int32_t>& ids) const {
  // Parts of the text as a linked list in place; one merged into its left neighbour has length 0.
  struct Node {
    std::size_t begin;
    std::size_t length;
    std::int32_t previous;
    std::int32_t next;
  };
  struct Candidate {
    std::int32_t left;  // node
    std::int32_t right;
    std::size_t length;
    float score;
    std::int32_t id;
  };
  const auto later = [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score < b.score : a.left > b.left;
  };
  std::vector<Node> nodes;
  nodes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at += nodes.back().length) {
    const auto i = static_cast<std::int32_t>(nodes.size());
    nodes.push_back({at, utf8_at(text, at).length, i - 1, i + 1});
  }
  if (nodes.empty()) return;
  nodes.back().next = -1;
  const auto node = [&](std::int32_t i) -> Node& { return nodes[static_cast<std::size_t>(i)]; };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> queue(later);
  const auto offer = [&](std::int32_t left, std::int32_t right) {
    if (left < 0 || right < 0) return;
    const std::size_t length = node(left).length + node(right).length;
    const std::int32_t id = index_.find(text.substr(node(left).begin, length));
    if (id >= 0) queue.push({left, right, length, scores_[static_cast<std::size_t>(id)], id});
  };
  std::map<std::int32_t, std::pair<std::size_t, std::size_t>> parts;  // of unused pieces: the last made
  for (std::int32_t i = 0; i + 1 < std::ssize(nodes); ++i) offer(i, i + 1);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Node& left = node(best.left);
    Node& right = node(best.right);
    // One of the two was merged otherwise since the pair was offered.
    if (left.length == 0 || right.length == 0 || left.length + right.length != best.length) continue;
    if (unused_[static_cast<std::size_t>(best.id)]) parts[best.id] = {left.length, right.length};
    left.length = best.length;
    left.next = right.next;
    if (right.next >= 0) node(right.next).previous = best.left;
    right.length = 0;
    offer(left.previous, best.left);
    offer(best.left, left.next);
  }
  bool after_unknown = false;
  std::vector<std::string_view> pending;
  for (std::int32_t i = 0; i >= 0; i = node(i).next) {
    pending.push_back(text.substr(node(i).begin, node(i).length));
    while (!pending.empty()) {
      const std::string_view part = pending.back();
      pending.pop_back();
      const std::int32_t id = index_.find(part);
      const auto split = id >= 0 ? parts.find(id) : parts.end();
      if (split != parts.end()) {
        pending.push_back(part.substr(split->second.first));
        pending.push_back(part.substr(0, split->second.first));
        continue;
      }
      if (id >= 0)
        ids.push_back(id);
      else
        append_unknown(part, after_unknown, ids);
      after_unknown = id < 0;
    }
  }
}

}  // namespace ternsim::model
