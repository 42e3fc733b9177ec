#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/random.h"
#include "base/utf8.h"
#include "model/tokenizer.h"
#include "tests/tokenizer_bytes.h"

namespace ternsim::model {
namespace {

using testing::byte_vocabulary;
using Merges = std::vector<std::pair<std::string, std::string>>;

// A random character, most of them from where the pre-tokenizer makes its distinctions.
char32_t random_character(Random& random) {
  static constexpr std::u32string_view kTelling =
      U"aaabbcAZ  \t\n\r0123'!.,-\u00a0\u00e9\u0301\u0416\u180e\u200d\u2028\u4e2d\U0001F600";
  if (random.below(4) != 0) return kTelling[random.below(kTelling.size())];
  for (;;) {
    const auto code = static_cast<char32_t>(random.below(0x110000));
    if (code < 0xd800 || code > 0xdfff) return code;
  }
}

// Merges of random adjacent pieces of what is there already: each result is new.
Merges random_merges(Random& random, std::size_t count, std::vector<std::string> pieces) {
  Merges merges;
  std::map<std::string, bool> known;
  for (int tries = 0; merges.size() < count && tries < 10000; ++tries) {
    const std::string left = pieces[random.below(pieces.size())];
    const std::string right = pieces[random.below(pieces.size())];
    if (left.size() + right.size() > 6 || known[left + right]) continue;
    known[left + right] = true;
    merges.emplace_back(left, right);
    pieces.push_back(left + right);
  }
  return merges;
}

TEST(TokenizerProperty, DecodeUndoesEncode) {
  Random random(21);
  const Tokenizer t(byte_vocabulary(random_merges(random, 200, {"a", "b", "c", " ", "0", "\n", "\xc3", "\xa9"})));
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(40); n > 0; --n) append_utf8(text, random_character(random));
    const auto ids = t.encode(text, true);
    ASSERT_EQ(t.decode(ids), text);
    StreamDecoder stream(t);
    std::string streamed;
    for (const std::int32_t id : ids) {
      streamed += stream.push(id);
      ASSERT_EQ(utf8_valid_prefix(streamed), streamed.size()) << "half a character was shown";
    }
    ASSERT_EQ(streamed, text);
    ASSERT_EQ(stream.finish(), "");
  }
}

TEST(TokenizerProperty, RandomBytesAreTextOrRefused) {
  Random random(22);
  const Tokenizer t(byte_vocabulary({}));
  int texts = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) bytes += static_cast<char>(random.below(256));
    try {
      ASSERT_EQ(t.decode(t.encode(bytes, false)), bytes);
      ++texts;
    } catch (const InputError&) {
      ASSERT_LT(utf8_valid_prefix(bytes), bytes.size());
    }
    // Decoding any ids, streamed or at once, gives the same bytes.
    StreamDecoder stream(t);
    std::string streamed;
    for (const char c : bytes) streamed += stream.push(static_cast<unsigned char>(c));
    ASSERT_EQ(streamed + stream.finish(), bytes);
  }
  EXPECT_GT(texts, 1000);
}

// The definition, without linked list or heap: merge the leftmost pair of the lowest rank until there is none.
std::vector<std::string> merged_by_definition(const std::string& word, const Merges& merges) {
  std::vector<std::string> parts;
  for (const char c : word) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best_rank = merges.size();
    std::size_t best = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      for (std::size_t rank = 0; rank < best_rank; ++rank)
        if (merges[rank].first == parts[i] && merges[rank].second == parts[i + 1]) {
          best_rank = rank;
          best = i;
        }
    if (best_rank == merges.size()) return parts;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(TokenizerProperty, HeapMergesAsTheDefinitionDoes) {
  Random random(23);
  for (int table = 0; table < 60; ++table) {
    Merges merges = random_merges(random, 25, {"a", "b", "c"});
    // Any order of ranks is a legal table, also one where a part is merged later than the whole.
    if (table % 2 == 1)
      for (std::size_t i = merges.size(); i > 1; --i) std::swap(merges[i - 1], merges[random.below(i)]);
    const Tokenizer t(byte_vocabulary(merges));
    for (int round = 0; round < 40; ++round) {
      std::string word;
      for (std::uint64_t n = 7 + random.below(20); n > 0; --n) word += static_cast<char>('a' + random.below(3));
      std::vector<std::string> got;
      for (const std::int32_t id : t.encode(word, false)) got.emplace_back(t.piece(id));
      ASSERT_EQ(got, merged_by_definition(word, merges)) << word;  // 7 letters and more are no whole piece
    }
  }
}

TEST(TokenizerProperty, AMillionLettersInOneWord) {
  Merges merges;
  for (std::string run = "a"; run.size() < 1024; run += run) merges.emplace_back(run, run);
  const Tokenizer t(byte_vocabulary(merges));
  const std::string text(1'000'000, 'a');
  const auto ids = t.encode(text, false);
  EXPECT_EQ(ids.size(), 976U + 2U);  // 976 runs of 1024, then 576 = 512 + 64
  EXPECT_EQ(t.decode(ids), text);
}

// How many byte sequences are one character (RFC 3629, section 4): 128 of one byte, 1920 of two, 61440 of three.
TEST(TokenizerProperty, Utf8CountsAreThoseOfTheStandard) {
  const auto valid = [](std::string_view s) {
    const Utf8Char c = utf8_at(s, 0);
    return c.state == Utf8Char::State::Valid && c.length == s.size();
  };
  int one = 0;
  int two = 0;
  int three = 0;
  int four = 0;
  for (int a = 0; a < 256; ++a) {
    std::string s(1, static_cast<char>(a));
    one += valid(s);
    for (int b = 0; b < 256; ++b) {
      s.resize(1);
      s += static_cast<char>(b);
      two += valid(s);
      for (int c = 0; c < 256; ++c) {
        s.resize(2);
        s += static_cast<char>(c);
        three += valid(s);
      }
      // Of four bytes, the last two at the edges of their range only: 256 second bytes in all x 2 x 2.
      for (const char c : {'\x7f', '\x80', '\xbf', '\xc0'})
        for (const char d : {'\x7f', '\x80', '\xbf', '\xc0'}) {
          s.resize(2);
          s += c;
          s += d;
          four += valid(s);
        }
    }
  }
  EXPECT_EQ(one, 128);
  EXPECT_EQ(two, 1920);
  EXPECT_EQ(three, 61440);
  EXPECT_EQ(four, 1024);
}

}  // namespace
}  // namespace ternsim::model
