#include <gtest/gtest.h>

#include "base/error.h"
#include "model/tokenizer.h"
#include "tests/formats_tiny.h"
#include "tests/tokenizer_bytes.h"

namespace ternsim::model {
namespace {

using testing::byte_vocabulary;
using testing::message_of;
using Ids = std::vector<std::int32_t>;

// Ids 256 ... 262, then <s> 263, </s> 264, <|eot|> 265.
Vocabulary sample() {
  return byte_vocabulary({{"a", "b"}, {"b", "c"}, {"ab", "c"}, {"a", "a"}, {"aa", "aa"}, {" ", "t"}, {"h", "e"}});
}

TEST(Tokenizer, MergesByRankThenFromTheLeft) {
  const Tokenizer t(sample());
  // a b c x: rank 0 makes ab, then (b, c) is gone and rank 2 makes abc.
  EXPECT_EQ(t.encode("abcx", false), (Ids{258, 'x'}));
  // b c a b: rank 0 makes ab at the right before rank 1 makes bc.
  EXPECT_EQ(t.encode("bcab", false), (Ids{257, 256}));
  // z a a a a a: leftmost pairs first, aa aa a, then aaaa a.
  EXPECT_EQ(t.encode("zaaaaa", false), (Ids{'z', 260, 'a'}));
  // a a b: rank 0 (ab) before rank 3 (aa).
  EXPECT_EQ(t.encode("aab", false), (Ids{'a', 256}));
  // " t" + "he": rank 5 and rank 6; "Ġthe" is no token, so it stays two.
  EXPECT_EQ(t.encode(" the", false), (Ids{261, 262}));
  // Merges do not cross pre-tokens: "a b" has a space between, "1b" a boundary.
  EXPECT_EQ(t.encode("a b", false), (Ids{'a', ' ', 'b'}));
  EXPECT_EQ(t.encode("", false), Ids{});
  EXPECT_EQ(t.encode("", true), Ids{263});
}

TEST(Tokenizer, APieceInTheVocabularyIsTakenWhole) {
  Vocabulary v = sample();
  v.tokens.push_back("xyz");  // id 266; no merge makes it
  v.types.push_back(1);
  const Tokenizer t(v);
  EXPECT_EQ(t.encode("xyz", false), Ids{266});
  EXPECT_EQ(t.encode("xyzz", false), (Ids{'x', 'y', 'z', 'z'}));
  EXPECT_EQ(t.encode(" xyz", false), (Ids{' ', 'x', 'y', 'z'}));
}

TEST(Tokenizer, SpellingOfBytes) {
  // GPT-2 writes space as U+0120, line feed as U+010A, 0 as U+0100, 7F as U+0121, A0 as U+0142, AD as U+0143.
  const Vocabulary v = sample();
  EXPECT_EQ(v.tokens[' '], "Ġ");
  EXPECT_EQ(v.tokens['\n'], "Ċ");
  EXPECT_EQ(v.tokens[0], "Ā");
  EXPECT_EQ(v.tokens[0x7f], "ġ");
  EXPECT_EQ(v.tokens[0xa0], "ł");
  EXPECT_EQ(v.tokens[0xad], "Ń");
  const Tokenizer t(v);
  for (std::int32_t b = 0; b < 256; ++b) EXPECT_EQ(t.piece(b), std::string(1, static_cast<char>(b)));
  EXPECT_EQ(t.encode("\u00ad", false), (Ids{0xc2, 0xad}));
}

TEST(Tokenizer, ControlTokensInTextArePlainUnlessAsked) {
  const Tokenizer t(sample());
  EXPECT_EQ(t.encode("<s>", false), (Ids{'<', 's', '>'}));
  EXPECT_EQ(t.encode("ab<|eot|>ab</s>", false, SpecialTokens::Parse), (Ids{256, 265, 256, 264}));
  EXPECT_EQ(t.encode("<s", false, SpecialTokens::Parse), (Ids{'<', 's'}));
  EXPECT_EQ(t.encode("<s>", true, SpecialTokens::Parse), (Ids{263, 263}));
  EXPECT_EQ(t.special_id("<|eot|>"), 265);
  EXPECT_EQ(t.special_id("ab"), -1);
  EXPECT_TRUE(t.is_special(264));
  EXPECT_FALSE(t.is_special(256));
  const Ids ids = {263, 256, 264};
  EXPECT_EQ(t.decode(ids), "ab");
  EXPECT_EQ(t.decode(ids, true), "<s>ab</s>");
}

TEST(Tokenizer, LongestControlTokenWins) {
  Vocabulary v = sample();
  v.tokens.push_back("<s>x");  // id 266
  v.types.push_back(3);
  EXPECT_EQ(Tokenizer(v).encode("<s>x<s>y", false, SpecialTokens::Parse), (Ids{266, 263, 'y'}));
}

TEST(Tokenizer, StreamHoldsBackHalfCharacters) {
  const Tokenizer t(sample());
  StreamDecoder stream(t);
  EXPECT_EQ(stream.push('a'), "a");
  EXPECT_EQ(stream.push(0xf0), "");  // U+1F600 is F0 9F 98 80
  EXPECT_EQ(stream.push(0x9f), "");
  EXPECT_EQ(stream.push(0x98), "");
  EXPECT_EQ(stream.push(264), "");  // </s> has no bytes
  EXPECT_EQ(stream.push(0x80), "😀");
  EXPECT_EQ(stream.push(0xe2), "");
  EXPECT_EQ(stream.push('b'),
            "\xe2"
            "b");  // broken: passed on as it is, no longer held
  EXPECT_EQ(stream.push(0x80), "\x80");
  EXPECT_EQ(stream.push(0xc3), "");
  EXPECT_EQ(stream.finish(), "\xc3");
  EXPECT_EQ(stream.finish(), "");
}

TEST(Tokenizer, BadRequests) {
  const Tokenizer t(sample());
  EXPECT_THROW(t.decode(Ids{266}), RequestError);
  EXPECT_THROW(t.decode(Ids{-1}), RequestError);
  Vocabulary v = sample();
  v.bos = -1;
  EXPECT_THROW(Tokenizer(v).encode("a", true), RequestError);
  const Tokenizer small(Vocabulary{{"a", "b"}, {1, 1}, {}, -1, -1, false});
  EXPECT_EQ(small.encode("ab", false), (Ids{0, 1}));
  EXPECT_NE(message_of<InputError>([&] { small.encode("abz", false); }).find("no token for byte 0x7a"),
            std::string::npos);
}

TEST(Tokenizer, VocabulariesThatMakeNoSense) {
  const auto refused = [](const std::function<void(Vocabulary&)>& damage, const std::string& part) {
    Vocabulary v = sample();
    damage(v);
    const std::string message = message_of<InputError>([&] { const Tokenizer t(v, "m.gguf"); });
    EXPECT_EQ(message.find("m.gguf: "), 0U) << message;
    EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
  };
  refused([](Vocabulary& v) { v = {}; }, "carries no tokenizer");
  refused([](Vocabulary& v) { v.types.pop_back(); }, "265 token types for 266 tokens");
  refused([](Vocabulary& v) { v.tokens[256] = "a"; }, "tokens 97 and 256 are both 'a'");
  refused([](Vocabulary& v) { v.tokens[265] = "<s>"; }, "tokens 263 and 265 are both");
  refused([](Vocabulary& v) { v.tokens[256] = ""; }, "token 256 is empty");
  refused([](Vocabulary& v) { v.tokens[256] = "a b"; }, "token 256, 'a b', is not spelled");
  refused([](Vocabulary& v) { v.tokens[256] = "中"; }, "is not spelled");
  refused([](Vocabulary& v) { v.tokens[256] = "\xff"; }, "is not spelled");
  refused([](Vocabulary& v) { v.merges.emplace_back("q", "r"); }, "merge 7 needs 'qr', which is no token");
  refused([](Vocabulary& v) { v.merges.emplace_back("qr", "s"); }, "merge 7 needs 'qr'");
  refused([](Vocabulary& v) { v.merges.push_back(v.merges[2]); }, "merges 2 and 7 are the same");
  refused([](Vocabulary& v) { v.bos = 266; }, "begin-of-text id 266");
  refused([](Vocabulary& v) { v.eos = -2; }, "end-of-text id -2");
}

}  // namespace
}  // namespace ternsim::model
