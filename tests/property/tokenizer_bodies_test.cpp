#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/random.h"
#include "base/utf8.h"
#include "model/piece_index.h"
#include "model/special_matcher.h"
#include "model/tiktoken.h"
#include "model/tokenizer.h"
#include "model/tokenizer_json.h"
#include "tests/soak.h"
#include "tests/tokenizer_pieces.h"

namespace ternsim::model {
namespace {

using testing::piece_vocabulary;
using Ids = std::vector<std::int32_t>;
using Pieces = std::vector<std::pair<std::string, float>>;

std::string random_word(Random& random, std::size_t letters, std::uint64_t most) {
  std::string word;
  for (std::uint64_t n = 1 + random.below(most); n > 0; --n) word += static_cast<char>('a' + random.below(letters));
  return word;
}

// Strings that share eight bytes and more, that end where others go on, and with zero bytes, which the padding is too.
TEST(PieceIndex, FindsWhatAMapFinds) {
  Random random(41);
  for (int round = 0; round < 50; ++round) {
    std::map<std::string, std::int32_t> known;
    std::vector<std::string> pieces;
    std::vector<std::int32_t> ids;
    const auto any = [&] {
      std::string bytes = random.below(2) == 0 ? "" : std::string("same start", 6 + random.below(5));
      for (std::uint64_t n = random.below(5); n > 0; --n) bytes += "\0\1a\xff"[random.below(4)];
      return bytes;
    };
    for (int i = 0; i < 200; ++i) {
      pieces.push_back(any());
      if (known.emplace(pieces.back(), i).second) ids.push_back(i);
    }
    const PieceIndex index(pieces, ids);
    EXPECT_FALSE(index.twins());
    for (int i = 0; i < 400; ++i) {
      const std::string wanted = any();
      const auto it = known.find(wanted);
      ASSERT_EQ(index.find(wanted), it == known.end() ? -1 : it->second);
    }
  }
  const std::vector<std::string> twice = {"a", "b", "a"};
  const auto twins = PieceIndex(twice, Ids{0, 1, 2}).twins();
  ASSERT_TRUE(twins);
  EXPECT_EQ(*twins, std::pair(0, 2));
  EXPECT_EQ(PieceIndex().find("a"), -1);
}

TEST(SpecialMatcher, FindsTheFirstAndLongest) {
  Random random(42);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> pieces;
    Ids ids;
    for (std::int32_t i = 0; i < 6; ++i) {
      const std::string piece = random_word(random, 3, 4);
      pieces.push_back(piece);
      if (std::find(pieces.begin(), pieces.end() - 1, piece) == pieces.end() - 1) ids.push_back(i);
    }
    const SpecialMatcher matcher(pieces, ids);
    const std::string text = random_word(random, 5, 30);
    std::size_t at = std::string::npos;
    std::size_t length = 0;
    for (std::size_t i = 0; i < text.size() && at == std::string::npos; ++i)
      for (const std::int32_t id : ids) {
        const std::string& piece = pieces[static_cast<std::size_t>(id)];
        if (text.compare(i, piece.size(), piece) == 0 && piece.size() > length) {
          at = i;
          length = piece.size();
        }
      }
    const SpecialMatcher::Match match = matcher.find(text, 0);
    ASSERT_EQ(match.at, at) << text;
    ASSERT_EQ(match.length, length) << text;
  }
}

// SentencePiece's rule without list or heap: the neighbours whose text has the highest score, the leftmost of equal
// ones, become one, until no neighbours are a piece.
std::vector<std::string> merged_by_score(const std::string& word, const Pieces& pieces) {
  std::vector<std::string> parts;
  for (const char c : word) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best = parts.size();
    float best_score = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      for (const auto& [piece, score] : pieces)
        if (piece == parts[i] + parts[i + 1] && (best == parts.size() || score > best_score)) {
          best = i;
          best_score = score;
        }
    if (best == parts.size()) return parts;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(SentencePieceProperty, HeapMergesAsTheDefinitionDoes) {
  Random random(43);
  for (int table = 0; table < 100; ++table) {
    Pieces pieces = {{"a", -90}, {"b", -90}, {"c", -90}};
    for (int i = 0; i < 25; ++i) {
      const std::string piece = random_word(random, 3, 6);
      if (piece.size() < 2 || std::any_of(pieces.begin(), pieces.end(), [&](auto& p) { return p.first == piece; }))
        continue;
      pieces.emplace_back(piece, -static_cast<float>(random.below(8)));  // ties are common
    }
    Vocabulary vocabulary = piece_vocabulary(false, pieces);
    vocabulary.add_space_prefix = false;
    const Tokenizer t(vocabulary);
    for (int round = 0; round < 40; ++round) {
      const std::string word = random_word(random, 3, 25);
      std::vector<std::string> got;
      for (const std::int32_t id : t.encode(word, false)) got.emplace_back(t.piece(id));
      ASSERT_EQ(got, merged_by_score(word, pieces)) << word;
    }
  }
}

TEST(SentencePieceProperty, DecodeUndoesEncode) {
  Random random(44);
  const Tokenizer t(piece_vocabulary(true, {{"▁", -9}, {"a", -9}, {"é", -9}, {"▁a", -1}, {"aé", -2}, {"▁▁", -3}}));
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(30); n > 0; --n)
      append_utf8(text, U"aé  \n\t<s>\u4e2d\U0001F600\u0301"[random.below(12)]);
    ASSERT_EQ(t.decode_text(t.encode(text, true)), text);
  }
}

// tiktoken's rule: of the neighbours whose bytes together are a token the lowest rank, leftmost first.
TEST(TiktokenProperty, MergesAsTheDefinitionDoes) {
  Random random(45);
  for (int table = 0; table < 60; ++table) {
    std::vector<std::string> tokens = {"a", "b", "c"};
    Pieces scored = {{"a", 0.0F}, {"b", -1.0F}, {"c", -2.0F}};
    while (tokens.size() < 25) {
      const std::string token = random_word(random, 3, 5);
      if (std::find(tokens.begin(), tokens.end(), token) != tokens.end()) continue;
      scored.emplace_back(token, -static_cast<float>(tokens.size()));
      tokens.push_back(token);
    }
    Vocabulary vocabulary;
    vocabulary.tokens = tokens;
    vocabulary.types.assign(tokens.size(), token_type::kNormal);
    vocabulary.merge_any = true;
    const Tokenizer t(vocabulary);
    for (int round = 0; round < 40; ++round) {
      const std::string word = random_word(random, 3, 12) + "abcab";  // longer than any token
      std::vector<std::string> got;
      for (const std::int32_t id : t.encode(word, false)) got.emplace_back(t.piece(id));
      ASSERT_EQ(got, merged_by_score(word, scored)) << word;
    }
  }
}

// Quadratic time would be hours.
TEST(SentencePieceProperty, AMillionLettersWithoutASpace) {
  Pieces pieces = {{"▁", -50}, {"a", -50}};
  std::string run = "aa";
  for (int i = 0; i < 6; ++i, run += run) pieces.emplace_back(run, -static_cast<float>(i));  // up to 64
  const Tokenizer t(piece_vocabulary(true, pieces));
  const std::string text(1'000'000, 'a');
  const Ids ids = t.encode(text, false);
  EXPECT_EQ(ids.size(), 1U + 15625U);  // the space, then 10^6 / 64
  EXPECT_EQ(t.decode_text(ids), text);
}

// Random damage to files: a vocabulary, or an InputError; and what a tokenizer takes encodes.
void expect_no_harm(const std::function<Vocabulary()>& parse) {
  try {
    const Tokenizer t(parse(), "damaged");
    const std::string text = t.decode(t.encode("aab b<|eot_id|>", false));
    EXPECT_LE(text.size(), 32U);
  } catch (const InputError& e) {
    EXPECT_FALSE(std::string_view(e.what()).empty());
  }
}

std::string damaged(std::string bytes, Random& random) {
  for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
    const std::size_t at = random.below(bytes.size());
    switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes.erase(at, 1 + random.below(8));
        break;
      case 2:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), 1 + random.below(20)));
        break;
      default:
        bytes[at] = "{}[]\",:0123456789\\ \n="[random.below(21)];
    }
    if (bytes.empty()) bytes = "x";
  }
  return bytes;
}

TEST(TokenizerDamage, TiktokenFiles) {
  const std::string file = "YQ== 0\nYg== 1\nYw== 2\nIA== 3\nYWE= 4\nYmM= 5\nYWI= 6\nYWFi 7\n";
  Random random(46);
  for (int round = 0; round < test::rounds(20000); ++round) {
    const std::string bytes = damaged(file, random);
    expect_no_harm([&] { return parse_tiktoken(bytes, "damaged"); });
  }
}

TEST(TokenizerDamage, TokenizerJsonFiles) {
  const std::string byte_level =
      R"({"added_tokens":[{"id":6,"content":"<|eot_id|>","special":true},{"id":7,"content":"b<","special":false}],)"
      R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)"
      R"("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|)"
      R"(\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},)"
      R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"decoder":{"type":"ByteLevel"},)"
      R"("model":{"type":"BPE","vocab":{"a":0,"b":1,"aa":2,"aab":3,"Ġ":4,"Ġb":5},)"
      R"("merges":["a a",["aa","b"],"Ġ b"],"ignore_merges":true}})";
  const std::string pieces =
      R"({"added_tokens":[{"id":0,"content":"<s>","special":true}],"normalizer":{"type":"Sequence","normalizers":)"
      R"([{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},)"
      R"("model":{"byte_fallback":true,"unk_token":"?","vocab":{"<s>":0,"▁":1,"a":2,"b":3,"aa":4,"?":5},)"
      R"("merges":["a a"]}})";
  Random random(47);
  for (const std::string& file : {byte_level, pieces}) {
    EXPECT_NO_THROW(Tokenizer(parse_tokenizer_json(file, "valid")));
    for (int round = 0; round < test::rounds(10000); ++round) {
      const std::string bytes = damaged(file, random);
      expect_no_harm([&] { return parse_tokenizer_json(bytes, "damaged"); });
    }
    for (std::size_t n = 0; n < file.size(); ++n)
      EXPECT_THROW(parse_tokenizer_json(file.substr(0, n), "cut"), InputError) << n;
  }
}

}  // namespace
}  // namespace ternsim::model
