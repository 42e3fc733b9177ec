#include <unistd.h>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "model/tokenizer.h"
#include "model/vocabulary_gguf.h"
#include "tests/formats_tiny.h"
#include "tests/tokenizer_bytes.h"
#include "tests/tokenizer_pieces.h"

namespace ternsim::model {
namespace {

using testing::message_of_input_error;
using testing::RawFile;
using Ids = std::vector<std::int32_t>;

std::string f32s_value(const std::vector<float>& v) {
  std::string out =
      testing::raw(std::uint32_t{9}) + testing::raw(std::uint32_t{6}) + testing::raw(std::uint64_t{v.size()});
  for (const float f : v) out += testing::raw(f);
  return out;
}

RawFile pieces_file() {
  RawFile f;
  f.entries = {{"tokenizer.ggml.model", testing::text_value("llama")},
               {"tokenizer.ggml.tokens", testing::texts_value({"<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "ba"})},
               {"tokenizer.ggml.scores", f32s_value({0, 0, 0, -5, -6, -7, -2, -1})},
               {"tokenizer.ggml.token_type", testing::i32s_value({2, 3, 3, 1, 1, 1, 1, 1})},
               {"tokenizer.ggml.bos_token_id", testing::u32_value(1)},
               {"tokenizer.ggml.eos_token_id", testing::u32_value(2)},
               {"tokenizer.ggml.unknown_token_id", testing::u32_value(0)}};
  return f;
}
Vocabulary read(const RawFile& file) { return read_vocabulary(GgufFile::from_bytes(file.bytes(), "v.gguf")); }

TEST(VocabularyGguf, SentencePiece) {
  const Vocabulary v = read(pieces_file());
  EXPECT_EQ(v.kind, VocabularyKind::SentencePiece);
  EXPECT_EQ(v.scores, (std::vector<float>{0, 0, 0, -5, -6, -7, -2, -1}));
  EXPECT_EQ(v.unknown, 0);
  EXPECT_TRUE(v.add_bos);
  EXPECT_TRUE(v.add_space_prefix);  // unless the file says otherwise
  const Tokenizer t(v);
  EXPECT_EQ(t.encode("aba", true), (Ids{1, 3, 4, 7}));  // ba (-1) before ab (-2)
  RawFile bare = pieces_file();
  bare.entries.emplace_back("tokenizer.ggml.add_space_prefix", testing::bool_value(0));
  EXPECT_EQ(Tokenizer(read(bare)).encode("aba", false), (Ids{4, 7}));
}

TEST(VocabularyGguf, ByteLevelWithOrWithoutTheNameOfItsPreTokenizer) {
  RawFile f = testing::tiny_file();
  for (const char* pre : {"llama-bpe", "llama3", "llama-v3", "falcon3"}) {
    *f.entry("tokenizer.ggml.pre") = testing::text_value(pre);
    EXPECT_EQ(Tokenizer(read(f)).encode("abc", true), (Ids{6, 4})) << pre;
  }
  f.drop_entry("tokenizer.ggml.pre");
  EXPECT_EQ(Tokenizer(read(f)).encode("abc", true), (Ids{6, 4}));
  f.entries.emplace_back("tokenizer.ggml.pre", testing::text_value("gpt-2"));
  EXPECT_NE(message_of_input_error([&] { read(f); }).find("'tokenizer.ggml.pre' is 'gpt-2'"), std::string::npos);
}

TEST(VocabularyGguf, StopIds) {
  RawFile f = testing::tiny_file();
  *f.entry("tokenizer.ggml.tokens") =
      testing::texts_value({"a", "b", "<|eot_id|>", "ab", "abc", "\xC4\xA0", "<s>", "</s>"});
  *f.entry("tokenizer.ggml.token_type") = testing::i32s_value({1, 1, 3, 3, 1, 1, 3, 3});
  *f.entry("tokenizer.ggml.merges") = testing::texts_value({});
  f.entries.emplace_back("tokenizer.ggml.eot_token_id", testing::u32_value(3));
  // </s> as eos, 3 by its key, <|eot_id|> by its name.
  EXPECT_EQ(Tokenizer(read(f)).stop_ids(), (Ids{7, 3, 2}));
}

// Converters differ in the type that they give to LLaMA 3's special tokens; a user's text must not spell one.
TEST(VocabularyGguf, KnownControlTokensAreNeverText) {
  RawFile f = testing::tiny_file();
  *f.entry("tokenizer.ggml.tokens") = testing::texts_value(
      {"<", "|", "<|eot_id|>", "<|im_end|>", "<|x|>", "<|reserved_special_token_9|>", "<s>", "</s>"});
  *f.entry("tokenizer.ggml.token_type") = testing::i32s_value({1, 1, 4, 1, 4, 4, 3, 3});
  *f.entry("tokenizer.ggml.merges") = testing::texts_value({});
  const Vocabulary v = read(f);
  EXPECT_EQ(v.types, (Ids{1, 1, 3, 3, 4, 3, 3, 3}));
  EXPECT_THROW(Tokenizer(v).encode("<|eot_id|>", false), InputError);  // text, for which there are no letters
  EXPECT_EQ(Tokenizer(v).encode("<|<|x|><|", false), (Ids{0, 1, 4, 0, 1}));
  EXPECT_EQ(Tokenizer(v).encode("<|eot_id|>", false, SpecialTokens::Parse), Ids{2});
}

TEST(VocabularyGguf, DamagedKeysAreNamed) {
  const auto refused = [](const std::function<void(RawFile&)>& damage, const std::string& part) {
    RawFile f = pieces_file();
    damage(f);
    const std::string message = message_of_input_error([&] { read(f); });
    EXPECT_EQ(message.find("v.gguf: "), 0U) << message;
    EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
  };
  const auto set = [](const std::string& key, const std::string& value) {
    return [=](RawFile& f) {
      f.drop_entry("tokenizer.ggml." + key);
      f.entries.emplace_back("tokenizer.ggml." + key, value);
    };
  };
  refused(set("model", testing::text_value("t5")), "'tokenizer.ggml.model' is 't5'; this build reads gpt2");
  refused([](RawFile& f) { f.drop_entry("tokenizer.ggml.scores"); }, "'tokenizer.ggml.scores' is missing");
  refused(set("scores", f32s_value({1, 2})), "'tokenizer.ggml.scores' has 2 elements for 8 pieces");
  refused(set("scores", f32s_value({0, 0, 0, NAN, 0, 0, 0, 0})), "element 3 is no finite number");
  refused(set("scores", testing::i32s_value({0, 0, 0, 0, 0, 0, 0, 0})), "an array of float32 expected");
  refused(set("token_type", testing::i32s_value({1, 1})), "'tokenizer.ggml.token_type' has 2 elements");
  refused(set("token_type", testing::i32s_value({1, 1, 1, 1, 1, 1, 1, 7})), "element 7 is 7, outside of 1 ... 6");
  refused(set("unknown_token_id", testing::u32_value(8)), "unknown_token_id' is 8, outside of 0 ... 7");
  refused(set("remove_extra_whitespaces", testing::bool_value(1)), "leaves white space as it is");
  refused(
      [](RawFile& f) {
        f.drop_entry("tokenizer.ggml.bos_token_id");
        f.entries.emplace_back("tokenizer.ggml.add_bos_token", testing::bool_value(1));
      },
      "'tokenizer.ggml.bos_token_id' is missing");
}

class VocabularyRoundTrip : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  Vocabulary through_a_file(const Vocabulary& vocabulary) const {
    GgufWriter out(path_);
    write_vocabulary(out, vocabulary);
    out.declare("x", GgufTensorType::F32, {1});
    out.write(std::vector<std::uint8_t>(4));
    out.finish();
    return read_vocabulary(GgufFile::open(path_));
  }
  static void expect_same(const Vocabulary& a, const Vocabulary& b) {
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.tokens, b.tokens);
    EXPECT_EQ(a.types, b.types);
    EXPECT_EQ(a.merges, b.merges);
    EXPECT_EQ(a.scores, b.scores);
    EXPECT_EQ(a.stop_ids, b.stop_ids);
    EXPECT_EQ(std::tuple(a.bos, a.eos, a.unknown, a.add_bos, a.add_space_prefix, a.ignore_merges),
              std::tuple(b.bos, b.eos, b.unknown, b.add_bos, b.add_space_prefix, b.ignore_merges));
  }
  const std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) / (std::to_string(getpid()) + "_tokenizer_gguf_round_trip.gguf");
};

TEST_F(VocabularyRoundTrip, WhatIsWrittenIsReadBack) {
  Vocabulary bytes = testing::byte_vocabulary({{"a", "b"}, {"ab", "c"}});
  bytes.stop_ids = {3};
  expect_same(through_a_file(bytes), bytes);
  bytes.ignore_merges = false;
  bytes.add_bos = false;
  expect_same(through_a_file(bytes), bytes);
  Vocabulary pieces = testing::piece_vocabulary(true, {{"▁", -3}, {"a", -1.5F}});
  expect_same(through_a_file(pieces), pieces);
  pieces.add_space_prefix = false;
  expect_same(through_a_file(pieces), pieces);
  const Vocabulary none = through_a_file({});
  EXPECT_EQ(none.kind, VocabularyKind::None);
  EXPECT_FALSE(none.add_bos);
}

TEST_F(VocabularyRoundTrip, WhatHasNoKeysIsRefused) {
  Vocabulary v = testing::byte_vocabulary({});
  v.merge_any = true;
  EXPECT_THROW(through_a_file(v), RequestError);
  v = testing::piece_vocabulary(true, {{"▁", -3}});
  v.scores.clear();
  EXPECT_THROW(through_a_file(v), RequestError);
  v = testing::byte_vocabulary({});
  v.stop_ids = {1, 2, 3};
  EXPECT_THROW(through_a_file(v), RequestError);
}

}  // namespace
}  // namespace ternsim::model
