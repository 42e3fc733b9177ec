#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ternsim::model {

/// How a vocabulary cuts text into tokens.
enum class VocabularyKind {
  ByteLevelBpe,   ///< LLaMA 3: pre-tokenizer, then merges by rank over bytes
  SentencePiece,  ///< LLaMA 2: merges by score over characters, bytes for what has no piece
  None            ///< the model carries no tokenizer: token ids only
};

/// What a token is for, numbered as SentencePiece and GGUF do.
namespace token_type {
inline constexpr std::int32_t kNormal = 1;
inline constexpr std::int32_t kUnknown = 2;
inline constexpr std::int32_t kControl = 3;      ///< never made from text
inline constexpr std::int32_t kUserDefined = 4;  ///< its spelling in a text always becomes it
inline constexpr std::int32_t kUnused = 5;       ///< never made from text
inline constexpr std::int32_t kByte = 6;         ///< SentencePiece: spelled <0xNN>, stands for one byte
}  // namespace token_type

/// A tokenizer's data as a file carries it. `Tokenizer` checks that its parts make sense together.
struct Vocabulary {
  std::vector<std::string> tokens;  ///< by id; byte-level: in GPT-2's byte-to-unicode spelling, SentencePiece: UTF-8
                                    ///< with U+2581 for a space
  std::vector<std::int32_t> types;  ///< token_type, one per token
  std::vector<std::pair<std::string, std::string>> merges;  ///< byte-level: by rank
  std::int32_t bos = -1;
  std::int32_t eos = -1;
  bool add_bos = true;
  VocabularyKind kind = VocabularyKind::ByteLevelBpe;
  std::vector<float> scores = {};           ///< SentencePiece: one per token, the highest merges first
  std::int32_t unknown = -1;                ///< SentencePiece: for what has neither piece nor byte tokens
  std::vector<std::int32_t> stop_ids = {};  ///< ends of a text or turn beside `eos`
  bool add_space_prefix = false;            ///< SentencePiece: a space in front of a text, not part of it
  bool ignore_merges = true;                ///< byte-level: a pre-token that is a token is taken whole
  bool merge_any = false;                   ///< byte-level, in place of `merges`: neighbours whose bytes together are a
                                            ///< token merge, the lowest such id first (tiktoken)
};

}  // namespace ternsim::model
