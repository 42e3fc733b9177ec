#include "model/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "model/byte_level_bpe.h"
#include "model/gguf_reader.h"
#include "model/sentencepiece_bpe.h"
#include "model/vocabulary_tools.h"

namespace ternsim::model {

namespace {

constexpr std::string_view kVisibleSpace = "\u2581";

std::string with_real_spaces(std::string_view spelling) {
  std::string out;
  for (std::size_t at = 0; at < spelling.size();) {
    const bool space = spelling.substr(at).starts_with(kVisibleSpace);
    out += space ? ' ' : spelling[at];
    at += space ? kVisibleSpace.size() : 1;
  }
  return out;
}

// Of a token that text may become.
std::string piece_of(const Vocabulary& vocabulary, std::size_t id, const std::string& origin) {
  const std::string& spelling = vocabulary.tokens[id];
  if (vocabulary.kind == VocabularyKind::SentencePiece) {
    const int byte = vocabulary.types[id] == token_type::kByte ? byte_of_spelling(spelling) : -1;
    return byte >= 0 ? std::string(1, static_cast<char>(byte)) : with_real_spaces(spelling);
  }
  auto bytes = bytes_of_spelling(spelling);
  if (!bytes)
    throw InputError(fmt::format("{}: token {}, '{}', is not spelled in the byte-to-unicode alphabet of byte-level BPE",
                                 origin, id, printable(spelling)));
  return std::move(*bytes);
}

}  // namespace

Tokenizer::Tokenizer(const Vocabulary& vocabulary, const std::string& origin)
    : bos_(vocabulary.bos), eos_(vocabulary.eos) {
  const auto count = std::ssize(vocabulary.tokens);
  if (count == 0 || vocabulary.kind == VocabularyKind::None)
    throw InputError(origin + ": the model carries no tokenizer; give one that does");
  if (std::ssize(vocabulary.types) != count)
    throw InputError(fmt::format("{}: {} token types for {} tokens", origin, vocabulary.types.size(), count));
  const auto check_range = [&](std::int32_t id, const char* what) {
    if (id < -1 || id >= count)
      throw InputError(fmt::format("{}: {} {} is outside of 0 ... {}", origin, what, id, count - 1));
  };
  check_range(bos_, "begin-of-text id");
  check_range(eos_, "end-of-text id");
  check_range(vocabulary.unknown, "unknown-token id");
  if (eos_ >= 0) stop_ids_.push_back(eos_);
  for (const std::int32_t id : vocabulary.stop_ids) {
    check_range(id, "stop id");
    if (id >= 0 && !is_stop(id)) stop_ids_.push_back(id);
  }
  read_pieces(vocabulary, origin);
  if (vocabulary.kind == VocabularyKind::ByteLevelBpe) {
    encoder_ = std::make_unique<ByteLevelBpe>(vocabulary, pieces_, plain_, origin);
  } else {
    encoder_ = std::make_unique<SentencePieceBpe>(vocabulary, origin);
    space_prefix_ = vocabulary.add_space_prefix;
  }
}

void Tokenizer::read_pieces(const Vocabulary& vocabulary, const std::string& origin) {
  std::vector<std::int32_t> controls;
  std::vector<std::int32_t> user_defined;
  const std::size_t count = vocabulary.tokens.size();
  pieces_.reserve(count);
  special_.reserve(count);
  plain_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = static_cast<std::int32_t>(i);
    const std::string& spelling = vocabulary.tokens[i];
    const std::int32_t type = vocabulary.types[i];
    if (spelling.empty()) throw InputError(fmt::format("{}: token {} is empty", origin, id));
    const bool marks = id == bos_ || id == eos_;  // whatever their type says
    const bool text = (type == token_type::kNormal || type == token_type::kByte) && !marks;
    const bool user = type == token_type::kUserDefined && !marks;
    special_.push_back(!text && !user);
    if (text) {
      pieces_.push_back(piece_of(vocabulary, i, origin));
      plain_.push_back(id);
      continue;
    }
    if (user) {
      pieces_.push_back(vocabulary.kind == VocabularyKind::SentencePiece ? with_real_spaces(spelling) : spelling);
      user_defined.push_back(id);
      continue;
    }
    pieces_.push_back(spelling);  // as it is, in no alphabet
    if (type != token_type::kUnused) controls.push_back(id);
  }
  controls_ = SpecialMatcher(pieces_, controls);
  user_defined_ = SpecialMatcher(pieces_, user_defined);
  for (const SpecialMatcher* matcher : {&controls_, &user_defined_})
    if (const auto twins = matcher->index().twins())
      throw InputError(fmt::format("{}: tokens {} and {} are both '{}'", origin, twins->first, twins->second,
                                   printable(vocabulary.tokens[static_cast<std::size_t>(twins->first)])));
}

void Tokenizer::check_id(std::int32_t id) const {
  if (id < 0 || id >= size())
    throw RequestError(fmt::format("token id {} is outside of the vocabulary, 0 ... {}", id, size() - 1));
}

bool Tokenizer::is_stop(std::int32_t id) const {
  return std::find(stop_ids_.begin(), stop_ids_.end(), id) != stop_ids_.end();
}

bool Tokenizer::is_special(std::int32_t id) const {
  check_id(id);
  return special_[static_cast<std::size_t>(id)];
}

std::string_view Tokenizer::piece(std::int32_t id) const {
  check_id(id);
  return pieces_[static_cast<std::size_t>(id)];
}

std::int32_t Tokenizer::special_id(std::string_view spelling) const { return controls_.index().find(spelling); }

std::vector<Tokenizer::Segment> Tokenizer::segments(std::string_view text) const {
  std::vector<Segment> out;
  for (std::size_t at = 0; at < text.size();) {
    const SpecialMatcher::Match match = controls_.find(text, at);
    const std::string_view plain = text.substr(at, match.id < 0 ? std::string_view::npos : match.at - at);
    if (!plain.empty()) out.push_back({std::string(plain)});
    if (match.id < 0) break;
    out.push_back({std::string(text.substr(match.at, match.length)), match.id});
    at = match.at + match.length;
  }
  return out;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, bool add_bos, SpecialTokens special) const {
  if (special == SpecialTokens::Parse) return encode(segments(text), add_bos);
  const Segment whole{std::string(text)};
  return encode({&whole, 1}, add_bos);
}

std::vector<std::int32_t> Tokenizer::encode(std::span<const Segment> segments, bool add_bos) const {
  std::vector<std::int32_t> ids;
  if (add_bos) {
    if (bos_ < 0) throw RequestError("the vocabulary has no begin-of-text token to put in front; encode without it");
    ids.push_back(bos_);
  }
  std::string text;
  const auto flush = [&] {
    encode_text(text, true, ids);
    text.clear();
  };
  for (const Segment& segment : segments) {
    if (segment.id < 0) {
      text += segment.text;
      continue;
    }
    check_id(segment.id);
    flush();
    ids.push_back(segment.id);
  }
  flush();
  return ids;
}

void Tokenizer::encode_text(std::string_view text, bool first, std::vector<std::int32_t>& ids) const {
  if (text.empty()) return;
  for (std::size_t at = 0; at < text.size();) {
    const SpecialMatcher::Match match = user_defined_.find(text, at);
    const std::size_t end = match.id < 0 ? text.size() : match.at;
    if (end > at || first) encoder_->encode(text.substr(at, end - at), first, ids);
    first = false;
    if (match.id < 0) break;
    ids.push_back(match.id);
    at = match.at + match.length;
  }
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool show_special) const {
  std::string text;
  for (const std::int32_t id : ids)
    if (show_special || !is_special(id)) text += piece(id);
  return text;
}

std::string Tokenizer::decode_text(std::span<const std::int32_t> ids) const {
  std::string text = decode(ids);
  if (space_prefix_ && text.starts_with(' ')) text.erase(0, 1);
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
