#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/json_guard.h"
#include "model/tokenizer.h"
#include "model/tokenizer_json.h"
#include "tests/tokenizer_bytes.h"
#include "tests/tokenizer_pieces.h"

namespace ternsim::model {
namespace {

using nlohmann::json;
using testing::message_of_input_error;
using testing::spelled;
using Ids = std::vector<std::int32_t>;

constexpr const char* kExpression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Ids 0 ... 255 the bytes, ab 256, abc 257; <|begin_of_text|> 258, <|eot_id|> 259, [x] 260.
json byte_level() {
  json vocab;
  for (int b = 0; b < 256; ++b) vocab[spelled(std::string(1, static_cast<char>(b)))] = b;
  vocab["ab"] = 256;
  vocab["abc"] = 257;
  const auto added = [](int id, const char* content, bool special) {
    return json{{"id", id},        {"content", content}, {"special", special}, {"single_word", false},
                {"lstrip", false}, {"rstrip", false},    {"normalized", false}};
  };
  return {{"version", "1.0"},
          {"added_tokens",
           {added(258, "<|begin_of_text|>", true), added(259, "<|eot_id|>", true), added(260, "[x]", false)}},
          {"normalizer", nullptr},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers",
             {{{"type", "Split"}, {"pattern", {{"Regex", kExpression}}}, {"behavior", "Isolated"}, {"invert", false}},
              {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}}},
          {"post_processor", {{"type", "ByteLevel"}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"a b", "ab c"}}, {"ignore_merges", true}}}};
}

// Ids 0 <unk>, 1 <s>, 2 </s>, 3 + b the byte b, then from 259 on: ▁ a b ab ▁a aa.
json pieces() {
  json vocab = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}};
  for (int b = 0; b < 256; ++b) {
    char spelling[8];
    std::snprintf(spelling, sizeof spelling, "<0x%02X>", static_cast<unsigned>(b));
    vocab[spelling] = 3 + b;
  }
  for (const char* piece : {"▁", "a", "b", "ab", "▁a", "aa"}) vocab[piece] = vocab.size();
  return {{"added_tokens",
           {{{"id", 0}, {"content", "<unk>"}, {"special", true}},
            {{"id", 1}, {"content", "<s>"}, {"special", true}},
            {{"id", 2}, {"content", "</s>"}, {"special", true}}}},
          {"normalizer",
           {{"type", "Sequence"},
            {"normalizers",
             {{{"type", "Prepend"}, {"prepend", "▁"}},
              {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}}},
          {"pre_tokenizer", nullptr},
          {"decoder", {{"type", "Sequence"}, {"decoders", {{{"type", "ByteFallback"}}, {{"type", "Fuse"}}}}}},
          {"model",
           {{"type", "BPE"},
            {"unk_token", "<unk>"},
            {"byte_fallback", true},
            {"vocab", vocab},
            {"merges", {"a a", "▁ a", "a b"}}}}};
}

Vocabulary parse(const json& document) { return parse_tokenizer_json(document.dump(), "t.json"); }

TEST(TokenizerJson, ByteLevel) {
  const Vocabulary v = parse(byte_level());
  EXPECT_EQ(v.kind, VocabularyKind::ByteLevelBpe);
  EXPECT_EQ(v.tokens.size(), 261U);
  EXPECT_EQ(v.bos, 258);
  EXPECT_TRUE(v.add_bos);
  EXPECT_EQ(v.eos, -1);
  EXPECT_EQ(v.stop_ids, Ids{259});
  EXPECT_TRUE(v.ignore_merges);
  const Tokenizer t(v);
  EXPECT_EQ(t.encode("abc ab", true), (Ids{258, 257, ' ', 256}));
  EXPECT_EQ(t.stop_ids(), Ids{259});
  // A special token is text unless asked for; one that is not special is found in any text.
  EXPECT_EQ(t.encode("<|eot_id|>", false).size(), 10U);
  EXPECT_EQ(t.encode("ab<|eot_id|>", false, SpecialTokens::Parse), (Ids{256, 259}));
  EXPECT_EQ(t.encode("a[x]b", false), (Ids{'a', 260, 'b'}));
  EXPECT_EQ(t.decode(Ids{'a', 260, 259}), "a[x]");
}

TEST(TokenizerJson, MergesAsPairs) {
  json document = byte_level();
  document["model"]["merges"] = json::array({json::array({"a", "b"}), json::array({"ab", "c"})});
  EXPECT_EQ(parse(document).merges, parse(byte_level()).merges);
}

TEST(TokenizerJson, WithoutIgnoreMergesAWholeTokenNeedsItsMerges) {
  json document = byte_level();
  document["model"]["merges"] = {"a b"};
  EXPECT_EQ(Tokenizer(parse(document)).encode("abc", false), Ids{257});
  document["model"]["ignore_merges"] = false;
  EXPECT_EQ(Tokenizer(parse(document)).encode("abc", false), (Ids{256, 'c'}));
}

TEST(TokenizerJson, BeginOfTextFromTheTemplate) {
  json document = byte_level();
  document["post_processor"] = {
      {"type", "Sequence"},
      {"processors",
       {{{"type", "ByteLevel"}},
        {{"type", "TemplateProcessing"},
         {"single", {{{"SpecialToken", {{"id", "<|eot_id|>"}}}}, {{"Sequence", {{"id", "A"}}}}}}}}}};
  EXPECT_EQ(parse(document).bos, 259);
  document["post_processor"]["processors"][1]["single"].erase(0);
  EXPECT_FALSE(parse(document).add_bos);
}

TEST(TokenizerJson, SentencePieceForm) {
  const Vocabulary v = parse(pieces());
  EXPECT_EQ(v.kind, VocabularyKind::SentencePiece);
  EXPECT_TRUE(v.add_space_prefix);
  EXPECT_EQ(v.unknown, 0);
  EXPECT_EQ(v.bos, 1);
  EXPECT_EQ(v.eos, 2);
  EXPECT_EQ(v.types[3], token_type::kByte);
  const Tokenizer t(v);
  // ▁ a a b: rank 0 makes aa; rank 1 finds no a behind ▁, rank 2 none in front of b.
  EXPECT_EQ(t.encode("aab", false), (Ids{259, 264, 261}));
  // ▁ a b: rank 1 makes ▁a before rank 2 could make ab.
  EXPECT_EQ(t.encode("ab", false), (Ids{263, 261}));
  EXPECT_EQ(t.encode("é", false), (Ids{259, 3 + 0xc3, 3 + 0xa9}));
  EXPECT_EQ(t.encode("<s>", false), (Ids{259, 3 + '<', 3 + 's', 3 + '>'}));
  EXPECT_EQ(t.encode("<s>b", false, SpecialTokens::Parse), (Ids{1, 259, 261}));
  EXPECT_EQ(t.decode_text(t.encode(" aab é", true)), " aab é");
}

TEST(TokenizerJson, WhatIsNotSupportedIsRefusedByName) {
  const auto refused = [](json document, const std::function<void(json&)>& change, const std::string& part) {
    change(document);
    const std::string message = message_of_input_error([&] { parse(document); });
    EXPECT_EQ(message.find("t.json: /"), 0U) << message;
    EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
  };
  const json b = byte_level();
  refused(
      b, [](json& d) { d.erase("model"); }, "no object with a 'model'");
  refused(
      b, [](json& d) { d["model"] = 3; }, "/model: an object expected");
  refused(
      b, [](json& d) { d["model"]["type"] = "Unigram"; }, "/model/type: 'Unigram' is not supported; BPE");
  refused(
      b, [](json& d) { d["model"]["dropout"] = 0.1; }, "/model/dropout: a dropout");
  refused(
      b, [](json& d) { d["model"]["end_of_word_suffix"] = "</w>"; }, "/model/end_of_word_suffix: '</w>'");
  refused(
      b, [](json& d) { d["model"]["continuing_subword_prefix"] = "##"; }, "continuing_subword_prefix: '##'");
  refused(
      b, [](json& d) { d["model"]["byte_fallback"] = true; }, "/model/byte_fallback: true is not supported");
  refused(
      b, [](json& d) { d["model"]["ignore_merges"] = 1; }, "/model/ignore_merges: true or false expected");
  refused(
      b, [](json& d) { d["model"]["vocab"] = json::array(); }, "/model/vocab: an object");
  refused(
      b, [](json& d) { d["model"]["vocab"]["ab"] = "x"; }, "the id of 'ab' is no number");
  refused(
      b, [](json& d) { d["model"]["vocab"]["ab"] = 257; }, "id 257 is 'ab' and 'abc'");
  refused(
      b, [](json& d) { d["model"]["vocab"]["ab"] = 4711; }, "id 4711 of 'ab' with 261 tokens");
  refused(
      b, [](json& d) { d["model"]["vocab"]["ab"] = -1; }, "id -1 of 'ab'");
  refused(
      b, [](json& d) { d["model"]["vocab"]["ab"] = 18446744073709551615U; }, "id -1 of 'ab'");
  refused(
      b, [](json& d) { d["added_tokens"].erase(1); }, "id 260 of '[x]' with 260 tokens");
  refused(
      b, [](json& d) { d["added_tokens"][2]["id"] = 259; }, "id 259 is '<|eot_id|>' and '[x]'");
  refused(
      b, [](json& d) { d["added_tokens"][2]["lstrip"] = true; }, "/added_tokens/2/lstrip: true is not supported");
  refused(
      b, [](json& d) { d["added_tokens"][2]["content"] = ""; }, "/added_tokens/2/content: a token that is empty");
  refused(
      b, [](json& d) { d["added_tokens"][2].erase("id"); }, "/added_tokens/2: 'id' is missing");
  refused(
      b, [](json& d) { d["added_tokens"] = 1; }, "/added_tokens: a list expected");
  refused(
      b, [](json& d) { d["model"]["merges"][1] = "abc"; }, "/model/merges/1: two tokens expected");
  refused(
      b,
      [](json& d) {
        d["model"]["merges"][1] = {"a", "b", "c"};
      },
      "/model/merges/1: two tokens expected");
  refused(
      b, [](json& d) { d["model"]["merges"][0] = 7; }, "/model/merges/0: two tokens expected");
  refused(
      b,
      [](json& d) {
        d["normalizer"] = {{"type", "NFC"}};
      },
      "/normalizer: 'NFC' is not supported");
  refused(
      b, [](json& d) { d["pre_tokenizer"]["type"] = "Digits"; }, "/pre_tokenizer: 'Digits' is not supported");
  refused(
      b, [](json& d) { d["pre_tokenizer"]["pretokenizers"].erase(0); }, "/pre_tokenizer/pretokenizers: this");
  const std::string split = "/pre_tokenizer/pretokenizers/0";
  refused(
      b,
      [](json& d) {
        d["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {{"Regex", "x+"}};
      },
      split + "/pattern/Regex: this expression is not supported");
  refused(
      b,
      [](json& d) {
        d["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {{"String", "x"}};
      },
      split + "/pattern: a pattern without 'Regex'");
  refused(
      b, [](json& d) { d["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed"; },
      split + "/behavior: 'Removed'");
  refused(
      b, [](json& d) { d["pre_tokenizer"]["pretokenizers"][0]["invert"] = true; }, split + "/invert: true");
  refused(
      b, [](json& d) { d["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; }, "1/add_prefix_space");
  refused(
      b, [](json& d) { d["pre_tokenizer"]["pretokenizers"][1].erase("use_regex"); }, "1/use_regex: true");
  refused(
      b, [](json& d) { d["post_processor"]["type"] = "BertProcessing"; }, "/post_processor: 'BertProcessing'");
  refused(
      b, [](json& d) { d["decoder"]["type"] = "WordPiece"; }, "/decoder: 'WordPiece'");
  const json p = pieces();
  refused(
      p, [](json& d) { d["normalizer"] = nullptr; }, "neither 'pre_tokenizer' nor 'normalizer'");
  refused(
      p, [](json& d) { d["normalizer"]["normalizers"].erase(1); }, "a sequence without Replace");
  refused(
      p, [](json& d) { d["normalizer"]["normalizers"][0]["prepend"] = "_"; }, "normalizers/0: this 'Prepend'");
  refused(
      p, [](json& d) { d["model"]["byte_fallback"] = false; }, "/model/byte_fallback: false is not supported");
  refused(
      p, [](json& d) { d["model"]["ignore_merges"] = true; }, "/model/ignore_merges: true is not supported");
  refused(
      p, [](json& d) { d["model"]["unk_token"] = "?"; }, "/model/unk_token: a token of the vocabulary");
  refused(
      p, [](json& d) { d["model"]["merges"] = json::array(); }, "/model/merges: no merges");
  refused(
      p, [](json& d) { d["decoder"]["decoders"][1]["type"] = "CTC"; }, "/decoder/decoders/1: 'CTC'");
}

TEST(TokenizerJson, HostileText) {
  const auto says = [](const std::string& text) {
    return message_of_input_error([&] { parse_tokenizer_json(text, "t.json"); });
  };
  EXPECT_NE(says("").find("t.json: not valid JSON at byte"), std::string::npos);
  EXPECT_NE(says("{\"model\": ").find("not valid JSON at byte"), std::string::npos);
  EXPECT_NE(says("{\"model\": \"\xff\"}").find("not valid JSON at byte"), std::string::npos);
  EXPECT_NE(says("[1e999]").find("not valid JSON"), std::string::npos);
  EXPECT_NE(says("[]").find("no object with a 'model'"), std::string::npos);
  // Refused by the guard, before any parser could follow the brackets down.
  EXPECT_NE(says(std::string(1'000'000, '[')).find("at byte 32: JSON nested more than 32 levels"), std::string::npos);
  EXPECT_NE(says("[" + std::string(5'000'000, ',')).find("more than 4194304 JSON values"), std::string::npos);
  // Brackets in strings are no nesting.
  EXPECT_NE(says("{\"a\": \"" + std::string(100, '[') + "\\\"[\"}").find("no object with a 'model'"),
            std::string::npos);
  const JsonLimits small{.bytes = 8};
  EXPECT_NE(message_of_input_error([&] { parse_json("[1, 2, 3]", "x", small); }).find("9 bytes of JSON; at most 8"),
            std::string::npos);
}

}  // namespace
}  // namespace ternsim::model
