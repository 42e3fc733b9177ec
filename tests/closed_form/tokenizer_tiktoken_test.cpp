#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "model/tiktoken.h"
#include "model/tokenizer.h"
#include "model/vocabulary_file.h"
#include "tests/tokenizer_pieces.h"

namespace ternsim::model {
namespace {

using testing::message_of_input_error;
using Ids = std::vector<std::int32_t>;

// RFC 4648: a YQ==, b Yg==, c Yw==, aa YWE=, ab YWI=, bc YmM=, aab YWFi, space IA==. Ranks as ids.
constexpr const char* kFile =
    "YQ== 0\n"
    "Yg== 1\n"
    "Yw== 2\n"
    "IA== 3\n"
    "YWE= 4\n"
    "YmM= 5\n"
    "YWI= 6\n"
    "YWFi 7\n";

TEST(Tiktoken, MergesWhateverMakesTheLowestToken) {
  const Vocabulary v = parse_tiktoken(kFile, "t");
  const Tokenizer t(v);
  EXPECT_EQ(t.encode("aab", false), Ids{7});  // a token as a whole
  // a a b a a b: both aa (4), then aa + b is token 7, though no list of merges says so.
  EXPECT_EQ(t.encode("aabaab", false), (Ids{7, 7}));
  // a b c: bc (5) before ab (6).
  EXPECT_EQ(t.encode("abc", false), (Ids{0, 5}));
  // c a a a: of the two pairs that make aa the left one.
  EXPECT_EQ(t.encode("caaa", false), (Ids{2, 4, 0}));
  EXPECT_EQ(t.encode("a b", false), (Ids{0, 3, 1}));
  EXPECT_THROW(t.encode("d", false), InputError);
}

TEST(Tiktoken, SpecialTokensOfLlama3Follow) {
  const Vocabulary v = parse_tiktoken(kFile, "t");
  ASSERT_EQ(v.tokens.size(), 8U + 256U);
  const auto at = [&](std::size_t offset) { return v.tokens[8 + offset]; };
  EXPECT_EQ(at(0), "<|begin_of_text|>");
  EXPECT_EQ(at(1), "<|end_of_text|>");
  EXPECT_EQ(at(2), "<|reserved_special_token_0|>");
  EXPECT_EQ(at(5), "<|reserved_special_token_3|>");
  EXPECT_EQ(at(6), "<|start_header_id|>");
  EXPECT_EQ(at(7), "<|end_header_id|>");
  EXPECT_EQ(at(8), "<|reserved_special_token_4|>");
  EXPECT_EQ(at(9), "<|eot_id|>");
  EXPECT_EQ(at(10), "<|reserved_special_token_5|>");
  EXPECT_EQ(at(255), "<|reserved_special_token_250|>");
  const Tokenizer t(v);
  EXPECT_EQ(t.bos(), 8);
  EXPECT_EQ(t.stop_ids(), (Ids{9, 17}));  // <|end_of_text|>, <|eot_id|>
  EXPECT_EQ(t.encode("a<|eot_id|>a", true, SpecialTokens::Parse), (Ids{8, 0, 17, 0}));
  EXPECT_THROW(t.encode("<|eot_id|>", false), InputError);  // text, for which this vocabulary lacks the letters
}

TEST(Tiktoken, LinesInAnyOrderAndEnd) { EXPECT_EQ(parse_tiktoken("Yg== 1\r\n\r\nYQ== 0", "t").tokens[1], "b"); }

TEST(Tiktoken, BadLinesAreNamed) {
  const auto says = [](const std::string& text) { return message_of_input_error([&] { parse_tiktoken(text, "t"); }); };
  const auto expect = [&](const std::string& text, const std::string& wanted) {
    EXPECT_EQ(says(text).find("t: " + wanted), 0U) << says(text);
  };
  expect("", "no tokens");
  expect("YQ== 0\nYg==\n", "line 2: 'Yg=='; a token in base64, one space and its rank expected");
  expect("YQ= 0\n", "line 1: 'YQ=' is no base64");
  expect("Y*== 0\n", "line 1: 'Y*==' is no base64");
  expect("Y=== 0\n", "line 1: 'Y===' is no base64");
  expect("YR== 0\n", "line 1: 'YR==' is no base64");  // bits beyond the byte
  expect(" 0\n", "line 1: '' is no base64");
  expect("YQ== x\n", "line 1: rank 'x'");
  expect("YQ== -1\n", "line 1: rank '-1'");
  expect("YQ== 1 \n", "line 1: rank '1 '");
  expect("YQ== 99999999999\n", "line 1: rank '99999999999'");
  expect("YQ== 1048576\n", "line 1: rank '1048576'; a number below 1048576");
  expect("YQ== 1\n", "rank 1 with 1 tokens");
  expect("YQ== 0\nYg== 0\n", "rank 0 stands twice");
  expect(std::string(684 + 4, 'A') + " 0\n", "line 1: a token of 516 bytes; at most 512");
  EXPECT_NE(message_of_input_error([] { Tokenizer(parse_tiktoken("YQ== 0\nYQ== 1\n", "t")); }).find("both 'a'"),
            std::string::npos);
}

TEST(VocabularyFile, IsToldByItsBeginning) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / (std::to_string(getpid()) + "_tokenizer_vocabulary_file");
  const auto says = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return message_of_input_error([&] { load_vocabulary(path); });
  };
  EXPECT_EQ(says(kFile), "");
  EXPECT_EQ(load_vocabulary(path).tokens[7], "aab");
  // Beside a model: ids that only pad the embedding have no text, and a tokenizer with more ids is another model's.
  const Tokenizer padded(load_vocabulary(path, 266));
  EXPECT_EQ(padded.size(), 266);
  EXPECT_EQ(padded.decode(Ids{7, 265, 264}), "aab");
  EXPECT_NE(message_of_input_error([&] { load_vocabulary(path, 263); }).find("264 tokens for a model of 263"),
            std::string::npos);
  EXPECT_NE(says("  {}").find("no object with a 'model'"), std::string::npos);
  EXPECT_NE(says("GGUF").find("a GGUF header alone has 24"), std::string::npos);
  EXPECT_NE(says(std::string("\n\x0e\n\x05<unk>\x15\0\0\0\0", 14)).find("a SentencePiece model"), std::string::npos);
  EXPECT_NE(says("what is this").find("line 1: rank 'is this'"), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_NE(message_of_input_error([&] { load_vocabulary(path); }).find("cannot be read"), std::string::npos);
  EXPECT_NE(message_of_input_error([&] { load_vocabulary(path.parent_path()); }).find("a folder; give the"),
            std::string::npos);
}

}  // namespace
}  // namespace ternsim::model
