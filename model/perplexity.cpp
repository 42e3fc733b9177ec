#include "model/perplexity.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/progress.h"
#include "model/numerics.h"

namespace ternsim::model {

namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;
/// Tokens given to the model at a time: bounds the room for logits, changes no result.
constexpr std::int64_t kChunk = 64;

/// Adds the bits of one window's tokens.
void score_window(Inference& inference, std::span<const std::int32_t> sequence, const ScoringWindow& window,
                  TextScore& score) {
  const auto vocabulary = static_cast<std::size_t>(inference.graph().shape.vocab_size);
  inference.reset();
  // The token at i predicts the one at i + 1; the last needs no pass.
  for (std::int64_t from = window.begin; from < window.end - 1; from += kChunk) {
    const std::int64_t to = std::min(from + kChunk, window.end - 1);
    const auto chunk = sequence.subspan(from, to - from);
    if (to < window.score_from) {  // context only
      inference.forward(chunk);
      continue;
    }
    const std::span<const float> logits = inference.forward_all(chunk);
    const std::int64_t first = std::max(from + 1, window.score_from);
    std::array<double, kChunk> bits;
    const auto score_tokens = [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t next = first + begin; next < first + end; ++next) {
        const auto row = logits.subspan((next - 1 - from) * vocabulary, vocabulary);
        bits[static_cast<std::size_t>(next - first)] = negative_log_probability(row, sequence[next]) / kLn2;
      }
    };
    kernels::ThreadPool* pool = inference.options().pool;
    if (pool == nullptr) {
      score_tokens(0, to + 1 - first);
    } else {
      pool->parallel_for(to + 1 - first, 1, score_tokens);
    }
    for (std::int64_t next = first; next <= to; ++next) {
      score.bits += bits[static_cast<std::size_t>(next - first)];
      ++score.tokens;
    }
  }
}

}  // namespace

std::vector<ScoringWindow> scoring_windows(std::int64_t length, std::int64_t context_length) {
  if (context_length < 2) {
    throw RequestError("context length is " + std::to_string(context_length) + "; scoring a text takes at least 2");
  }
  std::vector<ScoringWindow> windows;
  std::int64_t begin = 0;
  std::int64_t scored = 1;
  while (scored < length) {
    const std::int64_t end = std::min(begin + context_length, length);
    windows.push_back({begin, end, scored});
    scored = end;
    begin += context_length / 2;
  }
  return windows;
}

double negative_log_probability(std::span<const float> logits, std::int32_t token) {
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += exp_f64(logit - largest);
  return log_f64(sum) - (logits[token] - largest);
}

double TextScore::perplexity() const { return exp_f64(bits / static_cast<double>(tokens) * kLn2); }

TextScore score_stories(Inference& inference, const Tokenize& tokenize, std::span<const std::string> stories) {
  const Vocabulary& vocabulary = inference.model().vocabulary;
  const ModelShape& shape = inference.graph().shape;
  for (const std::int32_t id : {vocabulary.bos, vocabulary.eos}) {
    if (id < 0 || id >= shape.vocab_size) {
      throw RequestError("scoring a text needs BOS and EOS; the model's vocabulary of " +
                         std::to_string(shape.vocab_size) + " gives " + std::to_string(vocabulary.bos) + " and " +
                         std::to_string(vocabulary.eos));
    }
  }
  if (stories.empty()) throw RequestError("no story to score");
  std::uint64_t total_bytes = 0;
  for (const std::string& story : stories) total_bytes += story.size();

  TextScore score;
  Progress progress("perplexity", total_bytes);
  for (const std::string& story : stories) {
    std::vector<std::int32_t> sequence = {vocabulary.bos};
    const std::vector<std::int32_t> tokens = tokenize(story);
    sequence.insert(sequence.end(), tokens.begin(), tokens.end());
    sequence.push_back(vocabulary.eos);
    for (const ScoringWindow& window :
         scoring_windows(static_cast<std::int64_t>(sequence.size()), shape.context_length)) {
      score_window(inference, sequence, window, score);
    }
    score.bytes += story.size();
    ++score.stories;
    progress.advance(story.size());
  }
  inference.reset();
  return score;
}

TextScore score_text(Inference& inference, const Tokenize& tokenize, std::string_view text, std::int64_t context) {
  const Vocabulary& vocabulary = inference.model().vocabulary;
  const std::int64_t longest = inference.graph().shape.context_length;
  if (context < 2 || context > longest) {
    throw RequestError("a context of " + std::to_string(context) + " tokens; the model takes 2 to " +
                       std::to_string(longest));
  }
  std::vector<std::int32_t> sequence = tokenize(text);
  if (vocabulary.add_bos && vocabulary.bos >= 0) sequence.insert(sequence.begin(), vocabulary.bos);
  if (sequence.size() < 2) throw RequestError("the text is too short to score: a token and one before it are needed");

  TextScore score;
  const std::vector<ScoringWindow> windows = scoring_windows(static_cast<std::int64_t>(sequence.size()), context);
  Progress progress("perplexity", sequence.size() - 1);
  for (const ScoringWindow& window : windows) {
    score_window(inference, sequence, window, score);
    progress.advance(static_cast<std::uint64_t>(window.end - window.score_from));
  }
  score.bytes = text.size();
  score.stories = 1;
  inference.reset();
  return score;
}

}  // namespace ternsim::model
