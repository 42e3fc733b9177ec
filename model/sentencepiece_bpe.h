#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/piece_index.h"
#include "model/ranked_merges.h"
#include "model/text_encoder.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// Byte-pair encoding as SentencePiece has it and LLaMA 2 uses it (Kudo and Richardson, arXiv 1808.06226): spaces
/// become U+2581, one more goes in front of the text (`add_space_prefix`), and of the characters two neighbours merge
/// whose text is a piece, the highest score first, of equal scores the leftmost. No pre-tokenizer: merges cross words
/// where the pieces do. A character without a piece becomes its bytes' tokens; without these, a run of such characters
/// the unknown token. Pieces of type `kUnused` serve as steps on the way and are taken apart again in the end.
///
/// A vocabulary with `merges` (the tokenizer.json form of LLaMA 2) merges pairs by rank instead of by score.
class SentencePieceBpe final : public TextEncoder {
 public:
  /// `pieces`: what the tokens stand for, by id. Throws InputError, "<origin>: ...", on pieces that stand twice, byte
  /// tokens that are not spelled <0x00> ... <0xFF> or not all there, and merges that make no sense.
  SentencePieceBpe(const Vocabulary& vocabulary, const std::string& origin);
  void encode(std::string_view text, bool first, std::vector<std::int32_t>& ids) const override;

 private:
  void read_bytes(const Vocabulary& vocabulary, const std::string& origin);
  void read_merges(const Vocabulary& vocabulary, const std::string& origin);
  void encode_by_rank(std::string_view text, std::vector<std::int32_t>& ids) const;
  void encode_by_score(std::string_view text, std::vector<std::int32_t>& ids) const;
  void append_unknown(std::string_view character, bool after_unknown, std::vector<std::int32_t>& ids) const;

  PieceIndex index_;           // pieces that text may become, or is merged to on the way
  std::vector<float> scores_;  // by id
  std::vector<bool> unused_;   // by id
  RankedMerges merges_;
  bool by_rank_;
  std::array<std::int32_t, 256> byte_ids_{};
  bool has_bytes_ = false;
  std::int32_t unknown_;
  bool add_space_prefix_;
};

/// The byte that a token spelled <0xNN> stands for, or -1.
int byte_of_spelling(std::string_view spelling);

}  // namespace ternsim::model
