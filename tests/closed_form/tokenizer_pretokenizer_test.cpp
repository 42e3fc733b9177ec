#include <gtest/gtest.h>

#include "base/error.h"
#include "model/pretokenizer.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

using Pieces = std::vector<std::string>;

Pieces split(const std::string& text) {
  const PreTokenizer pre;
  Pieces out;
  for (const auto piece : pre.split(text)) out.emplace_back(piece);
  return out;
}

// Alternatives, tried in this order at each place:
//   1 (?i:'s|'t|'re|'ve|'m|'ll|'d)   2 [^\r\n\p{L}\p{N}]?\p{L}+   3 \p{N}{1,3}   4 ` ?[^\s\p{L}\p{N}]+[\r\n]*`
//   5 \s*[\r\n]+   6 \s+(?!\S)   7 \s+

TEST(PreTokenizer, Contractions) {
  // 1 wins over 2, which would take the sign and all letters; upper case counts too.
  EXPECT_EQ(split("I'll we'RE can't"), (Pieces{"I", "'ll", " we", "'RE", " can", "'t"}));
  EXPECT_EQ(split("'tis"), (Pieces{"'t", "is"}));
  // Case is Unicode's: the long s folds to s, as in the engines that the tokenizer was trained with.
  EXPECT_EQ(split("it'ſa"), (Pieces{"it", "'ſ", "a"}));
  // No contraction: 2 takes the quote as the sign in front of the letters.
  EXPECT_EQ(split("'quoted'"), (Pieces{"'quoted", "'"}));
}

TEST(PreTokenizer, DigitsInThrees) {
  // 3 from the left; a space before a digit fits only 7, for 6 forbids \S behind it.
  EXPECT_EQ(split("1234567 89"), (Pieces{"123", "456", "7", " ", "89"}));
  EXPECT_EQ(split("a1b22"), (Pieces{"a", "1", "b", "22"}));
  // \p{N} has fractions, superscripts and Roman numerals as well.
  EXPECT_EQ(split("½²Ⅷ٣"), (Pieces{"½²Ⅷ", "٣"}));
}

TEST(PreTokenizer, SpacesStayWithTheNextWord) {
  // 6 takes all but the last space, because \S may not follow; 2 takes that one.
  EXPECT_EQ(split("a  b"), (Pieces{"a", " ", " b"}));
  EXPECT_EQ(split("a    b"), (Pieces{"a", "   ", " b"}));
  EXPECT_EQ(split("a   "), (Pieces{"a", "   "}));
  EXPECT_EQ(split(" "), (Pieces{" "}));
  EXPECT_EQ(split("\tint x"), (Pieces{"\tint", " x"}));
  EXPECT_EQ(split("a \t!"), (Pieces{"a", " ", "\t", "!"}));  // 6: " "; 7: the tab, which 4 does not take
}

TEST(PreTokenizer, LineEnds) {
  EXPECT_EQ(split("end.\n\n next"), (Pieces{"end", ".\n\n", " next"}));  // 4 takes line ends behind signs
  EXPECT_EQ(split("a \n b\n"), (Pieces{"a", " \n", " b", "\n"}));        // 5 takes white space up to the last line end
  EXPECT_EQ(split("a\r\n\r\nb"), (Pieces{"a", "\r\n\r\n", "b"}));
  EXPECT_EQ(split("\n  \n x"), (Pieces{"\n  \n", " x"}));
  EXPECT_EQ(split("\nx"), (Pieces{"\n", "x"}));  // 2 does not take a line end in front
}

TEST(PreTokenizer, Signs) {
  EXPECT_EQ(split("x=y+1"), (Pieces{"x", "=y", "+", "1"}));
  EXPECT_EQ(split("wait... what?!"), (Pieces{"wait", "...", " what", "?!"}));
  EXPECT_EQ(split("a (b)"), (Pieces{"a", " (", "b", ")"}));  // 2 takes one sign only, and the space is no letter: 4
  EXPECT_EQ(split("<|eot|>"), (Pieces{"<|", "eot", "|>"}));
}

TEST(PreTokenizer, Scripts) {
  EXPECT_EQ(split("Привет, мир!"), (Pieces{"Привет", ",", " мир", "!"}));
  EXPECT_EQ(split("日本語abc、中文"), (Pieces{"日本語abc", "、中文"}));
  EXPECT_EQ(split("naïve café"), (Pieces{"naïve", " café"}));
  // A combining mark (U+0301, \p{M}) is neither letter nor space: it goes in front of the next letters by 2.
  EXPECT_EQ(split("e\u0301a"), (Pieces{"e", "\u0301a"}));
}

TEST(PreTokenizer, Emoji) {
  EXPECT_EQ(split("hi 😀👍 ok"), (Pieces{"hi", " 😀👍", " ok"}));
  EXPECT_EQ(split("😀ok"), (Pieces{"😀ok"}));                    // 2: one sign, then letters
  EXPECT_EQ(split("👩\u200d👧x"), (Pieces{"👩\u200d👧", "x"}));  // 2 fails behind the first sign, 4 takes all three
}

TEST(PreTokenizer, UnicodeWhiteSpace) {
  // White space: U+00A0, U+2003, U+0085, U+2028. Not: U+180E, U+200B.
  EXPECT_EQ(split("1\u00a0!"), (Pieces{"1", "\u00a0", "!"}));
  EXPECT_EQ(split("1\u2003\u2003x"), (Pieces{"1", "\u2003", "\u2003x"}));
  EXPECT_EQ(split("1\u0085!"), (Pieces{"1", "\u0085", "!"}));
  EXPECT_EQ(split("1\u2028!"), (Pieces{"1", "\u2028", "!"}));
  EXPECT_EQ(split("1\u180e!"), (Pieces{"1", "\u180e!"}));
  EXPECT_EQ(split("1\u200b!"), (Pieces{"1", "\u200b!"}));
}

TEST(PreTokenizer, EmptyAndNulBytes) {
  EXPECT_EQ(split(""), Pieces{});
  EXPECT_EQ(split(std::string("a\0b", 3)), (Pieces{"a", std::string("\0b", 2)}));
}

TEST(PreTokenizer, BrokenUtf8IsRefusedWithItsOffset) {
  const auto says = [](const std::string& text) { return testing::message_of<InputError>([&] { split(text); }); };
  EXPECT_NE(says("abc\xff").find("byte 0xff at offset 3"), std::string::npos);
  EXPECT_NE(says("\xc0\x80").find("byte 0xc0 at offset 0"), std::string::npos);           // overlong
  EXPECT_NE(says("x\xed\xa0\x80").find("byte 0xed at offset 1"), std::string::npos);      // a surrogate
  EXPECT_NE(says("é\xf4\x90\x80\x80").find("byte 0xf4 at offset 2"), std::string::npos);  // above U+10FFFF
  EXPECT_NE(says("ab\xe2\x82").find("byte 0xe2 at offset 2"), std::string::npos);         // cut short
}

// Each takes time quadratic in the length, or fails, if the matcher or its limits are set up wrong.
TEST(PreTokenizer, LongRunsAreLinear) {
  constexpr std::size_t kLong = 2'000'000;
  EXPECT_EQ(split(std::string(kLong, ' ') + "x"), (Pieces{std::string(kLong - 1, ' '), " x"}));
  EXPECT_EQ(split(std::string(kLong, 'a')).size(), 1U);
  EXPECT_EQ(split(std::string(kLong, '!')).size(), 1U);
  EXPECT_EQ(split(std::string(kLong, '\n')).size(), 1U);
  std::string alternating;
  for (std::size_t i = 0; i < 200'000; ++i) alternating += "\n 1";
  EXPECT_EQ(split(alternating).size(), 600'000U);  // "\n" (5), " " (7), "1" (3)
}

}  // namespace
}  // namespace ternsim::model
