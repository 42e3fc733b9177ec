#pragma once

#include <string>
#include <vector>

#include "model/tokenizer.h"
#include "tests/tokenizer_bytes.h"

// What an input of fuzz_tokenizer is, shared with its seeds, and the two vocabularies of its texts.
namespace ternsim::fuzz {

/// The first byte of an input, modulo 4, says what the others are.
enum class TokenizerInput {
  Json = 0,               ///< a tokenizer.json
  Tiktoken = 1,           ///< a tiktoken rank file
  ByteLevelText = 2,      ///< text for a byte-level vocabulary
  SentencePieceText = 3,  ///< text for a SentencePiece vocabulary
};

/// Every byte, a few merges, three control tokens and a user-defined one.
inline model::Vocabulary byte_level_vocabulary() {
  model::Vocabulary v = model::testing::byte_vocabulary(
      {{"h", "e"}, {"l", "l"}, {"he", "ll"}, {"hell", "o"}, {" ", "a"}, {"a", "a"}, {"aa", "aa"}, {"\xC3", "\xA9"}});
  v.tokens.emplace_back("<user>");
  v.types.push_back(model::token_type::kUserDefined);
  return v;
}

/// Every byte as <0xNN>, a few pieces with scores, control tokens, an unused piece and a user-defined one.
inline model::Vocabulary sentencepiece_vocabulary() {
  model::Vocabulary v;
  v.kind = model::VocabularyKind::SentencePiece;
  v.add_space_prefix = true;
  const auto add = [&](const std::string& token, std::int32_t type, float score) {
    v.tokens.push_back(token);
    v.types.push_back(type);
    v.scores.push_back(score);
  };
  add("<unk>", model::token_type::kUnknown, 0);
  add("<s>", model::token_type::kControl, 0);
  add("</s>", model::token_type::kControl, 0);
  constexpr char kHex[] = "0123456789ABCDEF";
  for (int byte = 0; byte < 256; ++byte)
    add(std::string("<0x") + kHex[byte / 16] + kHex[byte % 16] + '>', model::token_type::kByte, 0);
  float score = 0;
  for (const char* piece : {"\xE2\x96\x81", "a", "h", "e", "l", "o",
                            "\xE2\x96\x81"
                            "a",
                            "he", "ll", "hell", "hello", "\xE2\x96\x81hello", "aa", "aaaa", "\xC3\xA9"})
    add(piece, model::token_type::kNormal, score -= 1);
  add("el", model::token_type::kUnused, -0.5F);
  add("<user>", model::token_type::kUserDefined, 0);
  v.unknown = 0;
  v.bos = 1;
  v.eos = 2;
  return v;
}

}  // namespace ternsim::fuzz
