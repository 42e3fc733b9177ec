#include "model/perplexity.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "model/cpu_engine.h"
#include "model/story_file.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

std::vector<std::int32_t> bytes_as_tokens(std::string_view text) {
  std::vector<std::int32_t> ids;
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  return ids;
}

TEST(SplitStories, BySeparatorLines) {
  const auto stories = split_stories(" One.\nTwo.\n<|endoftext|>\n\n<|endoftext|>\r\nThree <|endoftext|> here\n");
  EXPECT_EQ(stories, (std::vector<std::string>{"One.\nTwo.", "Three <|endoftext|> here"}));
  EXPECT_EQ(split_stories("a\n<|endoftext|>"), (std::vector<std::string>{"a"}));
  EXPECT_TRUE(split_stories("").empty());
  EXPECT_TRUE(split_stories("\n \n<|endoftext|>\n").empty());
}

TEST(LoadStories, NamesTheFileInErrors) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / (std::to_string(getpid()) + "_reference_perplexity_stories.txt");
  std::ofstream(path) << "\n\n";
  try {
    load_stories(path);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
  }
  std::ofstream(path) << "x\n<|endoftext|>\ny\n";
  EXPECT_EQ(load_stories(path).size(), 2U);
  std::filesystem::remove(path);
  EXPECT_THROW(load_stories(path), InputError);
  EXPECT_THROW(load_stories(testing::TempDir()), InputError);
}

TEST(ScoringWindows, OneIsEnoughForAShortStory) {
  const auto windows = scoring_windows(8, 8);
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].end, 8);
  EXPECT_EQ(windows[0].score_from, 1);
}

TEST(ScoringWindows, AdvanceByHalf) {
  // 15 tokens at 8: [0,8) scores 1..7, [4,12) scores 8..11, [8,15) scores 12..14.
  const auto windows = scoring_windows(15, 8);
  ASSERT_EQ(windows.size(), 3U);
  const std::int64_t expected[3][3] = {{0, 8, 1}, {4, 12, 8}, {8, 15, 12}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(windows[i].begin, expected[i][0]);
    EXPECT_EQ(windows[i].end, expected[i][1]);
    EXPECT_EQ(windows[i].score_from, expected[i][2]);
  }
}

TEST(ScoringWindows, EveryTokenOnceWithContextForAnyLength) {
  for (std::int64_t context = 2; context <= 9; ++context) {
    for (std::int64_t length = 2; length <= 40; ++length) {
      std::int64_t next = 1;
      for (const ScoringWindow& w : scoring_windows(length, context)) {
        EXPECT_EQ(w.score_from, next);
        EXPECT_LT(w.score_from, w.end);
        EXPECT_LT(w.begin, w.score_from);
        EXPECT_LE(w.end - w.begin, context);
        next = w.end;
      }
      EXPECT_EQ(next, length);
    }
  }
  EXPECT_THROW(scoring_windows(5, 1), RequestError);
}

TEST(NegativeLogProbability, ByHand) {
  // Probabilities 3/4 and 1/4.
  const std::vector<float> logits = {static_cast<float>(std::log(3.0)), 0.0F};
  EXPECT_NEAR(negative_log_probability(logits, 0), std::log(4.0 / 3), 1e-7);
  EXPECT_NEAR(negative_log_probability(logits, 1), std::log(4.0), 1e-7);
  EXPECT_EQ(negative_log_probability(std::vector<float>{1e30F, -1e30F}, 0), 0.0);
}

TEST(ScoreStories, AModelThatKnowsNothingNeedsLog2OfTheVocabulary) {
  Model model = test::make_tiny_model(1);
  std::ranges::fill(model.embedding.bytes, std::uint8_t{0});  // the head is tied to it: all logits are 0
  CpuEngine engine;
  Inference inference(model, engine);
  // 5 tokens; and 200, which takes windows of 64. Each story's EOS is scored too.
  const std::vector<std::string> stories = {"Hello", std::string(200, 'x')};
  const TextScore score = score_stories(inference, bytes_as_tokens, stories);
  EXPECT_EQ(score.stories, 2U);
  EXPECT_EQ(score.bytes, 205U);
  EXPECT_EQ(score.tokens, 207U);
  EXPECT_NEAR(score.bits, 207 * std::log2(300.0), 1e-9);
  EXPECT_NEAR(score.bits_per_byte(), 207 * std::log2(300.0) / 205, 1e-12);
  EXPECT_NEAR(score.perplexity(), 300.0, 1e-9);
  EXPECT_EQ(inference.position(), 0);
}

TEST(ScoreStories, EqualsTokenByTokenScoring) {
  const Model model = test::make_tiny_model(2);
  CpuEngine engine;
  Inference inference(model, engine);
  const std::vector<std::string> stories = {std::string(100, 'a') + "bcd"};
  const TextScore score = score_stories(inference, bytes_as_tokens, stories);

  // The sequence has 105 tokens; windows of 64 begin at 0, 32 and 64 and score from 1, 64 and 96.
  std::vector<std::int32_t> sequence = bytes_as_tokens(stories[0]);
  sequence.insert(sequence.begin(), model.vocabulary.bos);
  sequence.push_back(model.vocabulary.eos);
  ASSERT_EQ(sequence.size(), 105U);
  long double bits = 0;
  const std::int64_t plan[3][3] = {{0, 64, 1}, {32, 96, 64}, {64, 105, 96}};
  for (const auto& [begin, end, score_from] : plan) {
    inference.reset();
    for (std::int64_t i = begin; i + 1 < end; ++i) {
      const auto logits = inference.forward(std::span(sequence).subspan(i, 1));
      if (i + 1 < score_from) continue;
      long double sum = 0;
      for (const float l : logits) sum += std::exp(static_cast<long double>(l));
      bits += std::log2(sum) - logits[sequence[i + 1]] / std::log(2.0L);
    }
  }
  EXPECT_EQ(score.tokens, 104U);
  EXPECT_NEAR(score.bits, static_cast<double>(bits), 1e-9 * score.bits);
}

TEST(ScoreText, WholeTextInWindowsOfTheContextAsked) {
  const Model model = test::make_tiny_model(4);
  const std::string text(40, 'q');
  kernels::ThreadPool pool(3);
  CpuEngine engine;
  Inference alone(model, engine);
  Inference shared(model, engine, {.pool = &pool});
  const TextScore score = score_text(alone, bytes_as_tokens, text, 16);
  EXPECT_EQ(score.tokens, 40U);  // BOS in front is not scored
  EXPECT_EQ(score.bytes, 40U);
  EXPECT_EQ(score.bits, score_text(shared, bytes_as_tokens, text, 16).bits);
  EXPECT_NE(score.bits, score_text(alone, bytes_as_tokens, text, 64).bits);

  // By hand in windows that begin at 0, 8, 16, 24 and 32: 41 tokens at 16.
  std::vector<std::int32_t> sequence = bytes_as_tokens(text);
  sequence.insert(sequence.begin(), model.vocabulary.bos);
  double bits = 0;
  std::int64_t next = 1;
  for (std::int64_t begin = 0; next < 41; begin += 8) {
    alone.reset();
    const std::int64_t end = std::min<std::int64_t>(begin + 16, 41);
    const auto logits = alone.forward_all(std::span(sequence).subspan(begin, end - begin));
    for (; next < end; ++next)
      bits += negative_log_probability(logits.subspan((next - 1 - begin) * 300, 300), sequence[next]) / std::log(2.0);
  }
  EXPECT_NEAR(score.bits, bits, 1e-9 * bits);
}

TEST(ScoreText, WhatCannotBeScored) {
  Model model = test::make_tiny_model(5);
  CpuEngine engine;
  Inference inference(model, engine);
  EXPECT_THROW(score_text(inference, bytes_as_tokens, "", 16), RequestError);
  EXPECT_THROW(score_text(inference, bytes_as_tokens, "text", 1), RequestError);
  EXPECT_THROW(score_text(inference, bytes_as_tokens, "text", 65), RequestError);
  EXPECT_EQ(score_text(inference, bytes_as_tokens, "t", 16).tokens, 1U);
  Model without = test::make_tiny_model(5);
  without.vocabulary.bos = -1;
  Inference bare(without, engine);
  EXPECT_THROW(score_text(bare, bytes_as_tokens, "t", 16), RequestError);  // nothing stands before the one token
  EXPECT_EQ(score_text(bare, bytes_as_tokens, "te", 16).tokens, 1U);
}

TEST(ScoreStories, NeedsBosEosAndText) {
  Model model = test::make_tiny_model(3);
  CpuEngine engine;
  Inference inference(model, engine);
  EXPECT_THROW(score_stories(inference, bytes_as_tokens, {}), RequestError);
  model.vocabulary.eos = -1;
  EXPECT_THROW(score_stories(inference, bytes_as_tokens, std::vector<std::string>{"a"}), RequestError);
}

}  // namespace
}  // namespace ternsim::model
