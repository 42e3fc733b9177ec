#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/pretokenizer.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// What `encode` makes of the spelling of a control token, "<|eot_id|>" say, in a text.
enum class SpecialTokens {
  AsText,  ///< characters like any others: the choice for text from users
  Parse    ///< the control token: for chat templates written by the program itself
};

/// Byte-level byte-pair encoding as LLaMA 3 has it: the text is cut by `PreTokenizer`; a piece that is in the
/// vocabulary as a whole becomes that token ("ignore_merges"); any other starts as single bytes, of which the adjacent
/// pair with the lowest rank, leftmost first, is merged until none is left (Sennrich et al., arXiv 1508.07909; bytes in
/// place of characters: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019).
///
/// Not safe for use from two threads at once.
class Tokenizer {
 public:
  /// Throws InputError, "<origin>: ...", on an empty vocabulary, tokens that stand twice or are not spelled in the
  /// byte-to-unicode alphabet, merges that stand twice or of pieces that are no tokens, and ids out of range.
  explicit Tokenizer(const Vocabulary& vocabulary, const std::string& origin = "vocabulary");

  /// Throws InputError on text that is not UTF-8 (with the offset) or needs a byte that the vocabulary lacks, and
  /// RequestError if `add_bos` is asked of a vocabulary without such a token.
  std::vector<std::int32_t> encode(std::string_view text, bool add_bos,
                                   SpecialTokens special = SpecialTokens::AsText) const;
  /// The bytes of the tokens; control tokens have none unless asked for. Throws RequestError on an id out of range.
  std::string decode(std::span<const std::int32_t> ids, bool show_special = false) const;

  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  std::int32_t bos() const { return bos_; }
  std::int32_t eos() const { return eos_; }
  bool is_special(std::int32_t id) const;
  /// The bytes of one token; of a control token its spelling.
  std::string_view piece(std::int32_t id) const;
  /// The control token spelled so, or -1.
  std::int32_t special_id(std::string_view spelling) const;

 private:
  struct Merge {
    std::uint64_t pair;  // left id in the upper half, right id in the lower
    std::int32_t rank;
    std::int32_t result;
  };
  void read_pieces(const Vocabulary& vocabulary, const std::string& origin);
  void read_merges(const Vocabulary& vocabulary, const std::string& origin);
  std::int32_t find_piece(std::string_view bytes) const;
  const Merge* find_merge(std::int32_t left, std::int32_t right) const;
  void encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const;
  void encode_piece(std::string_view bytes, std::vector<std::int32_t>& ids) const;
  void check_id(std::int32_t id) const;

  PreTokenizer pre_tokenizer_;
  std::vector<std::string> pieces_;     // by id
  std::vector<bool> special_;           // by id
  std::vector<std::int32_t> by_bytes_;  // ids of the plain tokens, sorted by their bytes: no hash for a file to collide
  std::vector<std::int32_t> specials_;  // ids of the control tokens, longest spelling first
  std::vector<Merge> merges_;           // sorted by pair
  std::array<std::int32_t, 256> byte_ids_{};
  std::int32_t bos_ = -1;
  std::int32_t eos_ = -1;
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
