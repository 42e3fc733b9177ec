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
  std::uint64_t tokens = 0;  ///< scored: all but the first of each sequence
  std::uint64_t bytes = 0;   ///< UTF-8 bytes of the text
  std::uint64_t stories = 0;

  double bits_per_byte() const { return bits / static_cast<double>(bytes); }
  /// Per token: 2^(bits / tokens). Comparable between models of one tokenizer only.
  double perplexity() const;
};

/// Scores each story as the sequence BOS, tokens, EOS of the model's vocabulary; a story longer than the context in
/// windows, each starting at position 0. Resets the inference. Throws RequestError when there is no story or the
/// vocabulary has no BOS or EOS.
TextScore score_stories(Inference& inference, const Tokenize& tokenize, std::span<const std::string> stories);

/// Scores a text as one sequence: BOS if the vocabulary puts it in front of texts, then the tokens; all but the first
/// are scored, in windows of `context` tokens, each starting at position 0 (see scoring_windows). `bytes` counts the
/// whole text, `stories` is 1. Resets the inference. Throws RequestError when fewer than two tokens come together or
/// the context is not 2 ... the model's context length.
TextScore score_text(Inference& inference, const Tokenize& tokenize, std::string_view text, std::int64_t context);

}  // namespace ternsim::model
