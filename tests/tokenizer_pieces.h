#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/vocabulary.h"

// What the tests of SentencePiece tokenizers share.
namespace ternsim::model::testing {

inline void add_piece(Vocabulary& v, const std::string& piece, float score, std::int32_t type) {
  v.tokens.push_back(piece);
  v.scores.push_back(score);
  v.types.push_back(type);
}

/// Ids 0 <unk>, 1 <s>, 2 </s>, then <0x00> ... <0xFF> if asked for, then the pieces.
inline Vocabulary piece_vocabulary(bool bytes, const std::vector<std::pair<std::string, float>>& pieces) {
  Vocabulary v;
  v.kind = VocabularyKind::SentencePiece;
  v.add_space_prefix = true;
  v.unknown = 0;
  v.bos = 1;
  v.eos = 2;
  add_piece(v, "<unk>", 0, token_type::kUnknown);
  add_piece(v, "<s>", 0, token_type::kControl);
  add_piece(v, "</s>", 0, token_type::kControl);
  for (unsigned b = 0; bytes && b < 256; ++b) {
    char spelling[8];
    std::snprintf(spelling, sizeof spelling, "<0x%02X>", b);
    add_piece(v, spelling, 0, token_type::kByte);
  }
  for (const auto& [piece, score] : pieces) add_piece(v, piece, score, token_type::kNormal);
  return v;
}

/// The message of the InputError that `body` throws, "" if it throws none.
inline std::string message_of_input_error(const std::function<void()>& body) {
  try {
    body();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

}  // namespace ternsim::model::testing
