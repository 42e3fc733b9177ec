#pragma once

#include <array>
#include <span>

#include "model/piece_index.h"
#include "model/pretokenizer.h"
#include "model/ranked_merges.h"
#include "model/text_encoder.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// Byte-level byte-pair encoding as LLaMA 3 has it: the text is cut by `PreTokenizer`; a piece that is in the
/// vocabulary as a whole becomes that token ("ignore_merges"); any other starts as single bytes, of which the adjacent
/// pair with the lowest rank, leftmost first, is merged until none is left (Sennrich et al., arXiv 1508.07909; bytes in
/// place of characters: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019).
class ByteLevelBpe final : public TextEncoder {
 public:
  /// `pieces`: the tokens' bytes by id; `plain`: the ids that text may become. Throws InputError, "<origin>: ...", on
  /// tokens that stand twice, merges that stand twice, and merges of or to what is no token.
  ByteLevelBpe(const Vocabulary& vocabulary, std::span<const std::string> pieces, std::span<const std::int32_t> plain,
               const std::string& origin);
  void encode(std::string_view text, bool first, std::vector<std::int32_t>& ids) const override;

 private:
  RankedMerges listed_merges(const Vocabulary& vocabulary, const std::string& origin) const;
  RankedMerges merges_of_any(std::span<const std::string> pieces, std::span<const std::int32_t> plain) const;

  PreTokenizer pre_tokenizer_;
  PieceIndex index_;
  RankedMerges merges_;
  std::array<std::int32_t, 256> byte_ids_{};
  bool ignore_merges_;
};

}  // namespace ternsim::model
