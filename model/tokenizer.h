#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/special_matcher.h"
#include "model/text_encoder.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// What `encode` makes of the spelling of a control token, "<|eot_id|>" say, in a text.
enum class SpecialTokens {
  AsText,  ///< characters like any others: the choice for text from users
  Parse    ///< the control token: for chat templates written by the program itself
};

/// Text to tokens and back, by the vocabulary's kind: `ByteLevelBpe` (LLaMA 3) or `SentencePieceBpe` (LLaMA 2).
///
/// Not safe for use from two threads at once.
class Tokenizer {
 public:
  /// Text, or a token (`id` not -1) whose spelling the text is.
  struct Segment {
    std::string text;
    std::int32_t id = -1;
  };

  /// Throws InputError, "<origin>: ...", on an empty vocabulary, tokens that stand twice or are not spelled as their
  /// kind spells them, merges that stand twice or of pieces that are no tokens, and ids out of range.
  explicit Tokenizer(const Vocabulary& vocabulary, const std::string& origin = "vocabulary");

  /// Throws InputError on text that is not UTF-8 (with the offset) or that the vocabulary cannot spell, and
  /// RequestError if `add_bos` is asked of a vocabulary without such a token. User-defined tokens (type 4) are found in
  /// any text, at each place the longest.
  std::vector<std::int32_t> encode(std::string_view text, bool add_bos,
                                   SpecialTokens special = SpecialTokens::AsText) const;
  /// The same of a text that is cut already: what stands in `text` of a segment without id never becomes a control
  /// token, and neighbouring texts are encoded as one.
  std::vector<std::int32_t> encode(std::span<const Segment> segments, bool add_bos) const;
  /// The text cut at the spellings of control tokens, at each place the longest.
  std::vector<Segment> segments(std::string_view text) const;

  /// The bytes of the tokens; control tokens and the unknown one have none unless asked for. Throws RequestError on an
  /// id out of range.
  std::string decode(std::span<const std::int32_t> ids, bool show_special = false) const;
  /// `decode` of all tokens of a text, without the space that SentencePiece puts in front: undoes `encode`.
  std::string decode_text(std::span<const std::int32_t> ids) const;

  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  std::int32_t bos() const { return bos_; }
  std::int32_t eos() const { return eos_; }
  /// All ids that end a text or a turn: `eos` first if there is one, each once.
  const std::vector<std::int32_t>& stop_ids() const { return stop_ids_; }
  bool is_stop(std::int32_t id) const;
  bool is_special(std::int32_t id) const;
  /// The bytes of one token; of a control token its spelling.
  std::string_view piece(std::int32_t id) const;
  /// The control token spelled so, or -1.
  std::int32_t special_id(std::string_view spelling) const;

 private:
  void read_pieces(const Vocabulary& vocabulary, const std::string& origin);
  void encode_text(std::string_view text, bool first, std::vector<std::int32_t>& ids) const;
  void check_id(std::int32_t id) const;

  std::vector<std::string> pieces_;  // by id: the bytes, of control tokens the spelling
  std::vector<bool> special_;        // by id: never part of a text
  std::vector<std::int32_t> plain_;  // ids that text may become
  SpecialMatcher controls_;
  SpecialMatcher user_defined_;
  std::unique_ptr<TextEncoder> encoder_;
  std::vector<std::int32_t> stop_ids_;
  std::int32_t bos_ = -1;
  std::int32_t eos_ = -1;
  bool space_prefix_ = false;
};

/// Text of a token stream as it comes: holds back the bytes of a character that is not complete yet. What `push` and
/// `finish` return, joined, is `decode` of all the tokens.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, bool show_special = false)
      : tokenizer_(tokenizer), show_special_(show_special) {}
  std::string push(std::int32_t id);
  /// The bytes still held back: an incomplete character, or "".
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  bool show_special_;
  std::string held_;
};

}  // namespace ternsim::model
