#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/inference.h"

namespace ternsim::model {

/// Text to token ids, without BOS and EOS.
using Tokenize = std::function<std::vector<std::int32_t>(std::string_view)>;

/// A piece of a sequence that is scored in one go: tokens [begin, end), of which [score_from, end) are scored.
struct ScoringWindow {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t score_from;
};
/// Windows over a sequence of `length` tokens: at most `context_length` tokens each, advancing by half of that. Every
/// token but the first is scored once: in the earliest window that holds it, where its context is longest. Throws
/// RequestError for a context below 2.
std::vector<ScoringWindow> scoring_windows(std::int64_t length, std::int64_t context_length);

/// -ln of the softmax probability of `token`, summed in double in order of ids.
double negative_log_probability(std::span<const float> logits, std::int32_t token);

struct TextScore {
  double bits = 0;           ///< total negative log2-probability
  std::uint64_t tokens = 0;  ///< scored: all but BOS, EOS included
  std::uint64_t bytes = 0;   ///< UTF-8 bytes of the stories
  std::uint64_t stories = 0;

  double bits_per_byte() const { return bits / static_cast<double>(bytes); }
  /// Per token: 2^(bits / tokens). Comparable between models of one tokenizer only.
  double perplexity() const;
};

/// Scores each story as the sequence BOS, tokens, EOS of the model's vocabulary; a story longer than the context in
/// windows, each starting at position 0. Resets the inference. Throws RequestError when there is no story or the
/// vocabulary has no BOS or EOS.
TextScore score_stories(Inference& inference, const Tokenize& tokenize, std::span<const std::string> stories);

}  // namespace ternsim::model
