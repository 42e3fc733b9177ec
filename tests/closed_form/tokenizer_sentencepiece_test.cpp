#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "model/tokenizer.h"
#include "tests/tokenizer_pieces.h"

namespace ternsim::model {
namespace {

using testing::add_piece;
using testing::message_of_input_error;
using testing::piece_vocabulary;
using Ids = std::vector<std::int32_t>;

// Ids 0 <unk>, 1 <s>, 2 </s>, 3 + b the byte b, then from 259 on: ▁ a b c ab bc ▁a abc aa.
enum : std::int32_t { kSpace = 259, kA, kB, kC, kAB, kBC, kSpaceA, kABC, kAA };
Vocabulary sample() {
  return piece_vocabulary(
      true,
      {{"▁", -20}, {"a", -20}, {"b", -20}, {"c", -20}, {"ab", -3}, {"bc", -1}, {"▁a", -2}, {"abc", -4}, {"aa", -5}});
}
std::int32_t byte_id(unsigned char byte) { return 3 + byte; }

TEST(SentencePiece, MergesByScore) {
  const Tokenizer t(sample());
  // ▁ a b c: bc (-1) is the best, then ▁a (-2); ▁abc is no piece.
  EXPECT_EQ(t.encode("abc", false), (Ids{kSpaceA, kBC}));
  // ▁ b a b: ab (-3); ▁b is no piece, bab neither.
  EXPECT_EQ(t.encode("bab", false), (Ids{kSpace, kB, kAB}));
  // ▁ c a b c: bc (-1), then abc (-4) of a and bc: ab had the better score, but its b was gone.
  EXPECT_EQ(t.encode("cabc", false), (Ids{kSpace, kC, kABC}));
}

TEST(SentencePiece, EqualScoresMergeFromTheLeft) {
  const Tokenizer t(sample());
  // ▁ b a a a: aa at the left, the third a stays.
  EXPECT_EQ(t.encode("baaa", false), (Ids{kSpace, kB, kAA, kA}));
  // ▁ a a a: ▁a (-2) before aa (-5), which the other two then make.
  EXPECT_EQ(t.encode("aaa", false), (Ids{kSpaceA, kAA}));
}

TEST(SentencePiece, OneSpaceGoesInFront) {
  const Tokenizer t(sample());
  EXPECT_EQ(t.encode("", false), Ids{});
  EXPECT_EQ(t.encode("", true), Ids{1});
  EXPECT_EQ(t.encode(" ", false), (Ids{kSpace, kSpace}));
  EXPECT_EQ(t.encode("b a", true), (Ids{1, kSpace, kB, kSpaceA}));
  EXPECT_EQ(t.encode("▁a", false), (Ids{kSpace, kSpaceA}));  // the sign itself is a space too
  Vocabulary bare = sample();
  bare.add_space_prefix = false;
  EXPECT_EQ(Tokenizer(bare).encode("b a", false), (Ids{kB, kSpaceA}));
}

TEST(SentencePiece, CharactersWithoutPieceBecomeBytes) {
  const Tokenizer t(sample());
  // é is C3 A9, 😀 F0 9F 98 80; a line feed has no piece here either.
  EXPECT_EQ(t.encode("é\n", false), (Ids{kSpace, byte_id(0xc3), byte_id(0xa9), byte_id('\n')}));
  EXPECT_EQ(t.encode("😀b", false), (Ids{kSpace, byte_id(0xf0), byte_id(0x9f), byte_id(0x98), byte_id(0x80), kB}));
  // The spelling of a byte token is text like any other: < 0 x 0 A > are bytes, but for what has pieces.
  EXPECT_EQ(t.encode("<0x0a>", false),
            (Ids{kSpace, byte_id('<'), byte_id('0'), byte_id('x'), byte_id('0'), kA, byte_id('>')}));
}

TEST(SentencePiece, WithoutBytesARunOfThemIsOneUnknown) {
  const Tokenizer t(piece_vocabulary(false, {{"▁", -9}, {"a", -9}}));
  EXPECT_EQ(t.encode("xyaé z", false), (Ids{3, 0, 4, 0, 3, 0}));
  Vocabulary none = piece_vocabulary(false, {{"▁", -9}, {"a", -9}});
  none.unknown = -1;
  EXPECT_NE(message_of_input_error([&] { Tokenizer(none).encode("ax", false); }).find("no token for 'x'"),
            std::string::npos);
}

TEST(SentencePiece, DecodingUndoesEncoding) {
  const Tokenizer t(sample());
  for (const char* text : {"", " ", "abc", "  a b  ", "é😀\n\t", "<s>", "caabc"}) {
    EXPECT_EQ(t.decode_text(t.encode(text, true)), text);
    // Part of a longer text keeps its space.
    EXPECT_EQ(t.decode(t.encode(text, true)), *text == '\0' ? "" : " " + std::string(text));
  }
  EXPECT_EQ(t.piece(kSpaceA), " a");
  EXPECT_EQ(t.piece(byte_id(0xc3)), "\xc3");
  EXPECT_EQ(t.decode(Ids{1, kSpaceA, 0, 2}), " a");
  EXPECT_EQ(t.decode(Ids{1, kSpaceA, 0, 2}, true), "<s> a<unk></s>");
  StreamDecoder stream(t);
  EXPECT_EQ(stream.push(byte_id(0xc3)), "");
  EXPECT_EQ(stream.push(byte_id(0xa9)), "é");
}

TEST(SentencePiece, ControlTokensInTextArePlainUnlessAsked) {
  const Tokenizer t(sample());
  const Ids spelled = {kSpace, byte_id('<'), byte_id('s'), byte_id('>'), kA};
  EXPECT_EQ(t.encode("<s>a", false), spelled);
  EXPECT_EQ(t.encode("<s>a", false, SpecialTokens::Parse), (Ids{1, kSpaceA}));
  // Each text behind a control token gets its space in front.
  EXPECT_EQ(t.encode("b</s>b", false, SpecialTokens::Parse), (Ids{kSpace, kB, 2, kSpace, kB}));
  EXPECT_EQ(t.special_id("</s>"), 2);
  EXPECT_EQ(t.special_id("a"), -1);
}

TEST(SentencePiece, UserDefinedTokensAreFoundInAnyText) {
  Vocabulary v = sample();
  add_piece(v, "ca", 0, token_type::kUserDefined);     // 268
  add_piece(v, "[x]", 0, token_type::kUserDefined);    // 269
  add_piece(v, "[x]ab", 0, token_type::kUserDefined);  // 270
  const Tokenizer t(v);
  // b ca b: the symbol is found before any merge; bc would have been the best one.
  EXPECT_EQ(t.encode("bcab", false), (Ids{kSpace, kB, 268, kB}));
  EXPECT_EQ(t.encode("b[x]abc", false), (Ids{kSpace, kB, 270, kC}));  // the longest one
  EXPECT_EQ(t.encode("[x]a", false), (Ids{kSpace, 269, kA}));         // the space stands in front all the same
  EXPECT_FALSE(t.is_special(269));
  EXPECT_EQ(t.decode_text(t.encode("[x]a", false)), "[x]a");
}

TEST(SentencePiece, UnusedPiecesAreStepsOnly) {
  Vocabulary v =
      piece_vocabulary(true, {{"▁", -9}, {"a", -9}, {"b", -9}, {"c", -9}, {"d", -9}, {"ab", -1}, {"abc", -2}});
  v.types[264] = token_type::kUnused;  // ab
  const Tokenizer t(v);
  EXPECT_EQ(t.encode("abd", false), (Ids{259, 260, 261, 263}));  // made, and taken apart again
  EXPECT_EQ(t.encode("abc", false), (Ids{259, 265}));            // a step to abc
  v.types[265] = token_type::kUnused;
  EXPECT_EQ(Tokenizer(v).encode("abc", false), (Ids{259, 260, 261, 262}));
}

TEST(SentencePiece, StopIds) {
  Vocabulary v = sample();
  v.stop_ids = {1, 2, 1};
  const Tokenizer t(v);
  EXPECT_EQ(t.stop_ids(), (Ids{2, 1}));  // eos first, each once
  EXPECT_TRUE(t.is_stop(1));
  EXPECT_FALSE(t.is_stop(0));
}

TEST(SentencePiece, VocabulariesThatMakeNoSense) {
  const auto refused = [](const std::function<void(Vocabulary&)>& damage, const std::string& part) {
    Vocabulary v = sample();
    damage(v);
    const std::string message = message_of_input_error([&] { const Tokenizer t(v, "m.gguf"); });
    EXPECT_EQ(message.find("m.gguf: "), 0U) << message;
    EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
  };
  refused([](Vocabulary& v) { v.scores.pop_back(); }, "267 token scores for 268 tokens");
  refused([](Vocabulary& v) { v.scores[260] = std::nanf(""); }, "no finite number");
  refused([](Vocabulary& v) { v.scores[260] = INFINITY; }, "no finite number");
  refused([](Vocabulary& v) { v.tokens[261] = "a"; }, "tokens 260 and 261 are both 'a'");
  refused([](Vocabulary& v) { v.tokens[4] = "<0x00>"; }, "tokens 3 and 4 are both '<0x00>'");
  refused([](Vocabulary& v) { v.types[4] = token_type::kNormal; }, "byte 0x01 has none");
  refused([](Vocabulary& v) { v.tokens[4] = "<0x1>"; }, "'<0x1>' is not spelled");
  refused([](Vocabulary& v) { v.tokens[16] = "<0x0d>"; }, "'<0x0d>' is not spelled");
  refused([](Vocabulary& v) { v.unknown = 268; }, "unknown-token id 268");
  refused([](Vocabulary& v) { v.stop_ids = {-3}; }, "stop id -3");
  refused([](Vocabulary& v) { v.kind = VocabularyKind::None; }, "carries no tokenizer");
  refused([](Vocabulary& v) { v.merges = {{"a", "q"}}; }, "merge 0 needs 'q', which is no token");
  refused([](Vocabulary& v) { v.merges = {{"c", "a"}}; }, "merge 0 needs 'ca', which is no token");
  refused([](Vocabulary& v) { v.merges = {{"a", "b"}, {"a", "b"}}; }, "merges 0 and 1 are the same");
  EXPECT_NE(message_of_input_error([] { Tokenizer(sample()).encode("ab\xff", false); }).find("at offset 2"),
            std::string::npos);
}

}  // namespace
}  // namespace ternsim::model
