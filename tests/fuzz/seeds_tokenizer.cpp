#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "model/vocabulary_tools.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/tokenizer_input.h"

namespace ternsim::fuzz {

namespace {

using Json = nlohmann::ordered_json;
using model::token_type::kControl;
using model::token_type::kNormal;
using model::token_type::kUserDefined;

// LLaMA 3's expression as tokenizer.json files spell it.
constexpr const char* kExpression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
    R"(|\s+(?!\S)|\s+)";

std::string input(TokenizerInput kind, std::string_view text) {
  return std::string(1, static_cast<char>(kind)) + std::string(text);
}

Json added_token(std::size_t id, const std::string& content, bool special) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", special}};
}

// The parts that both forms share: the vocabulary, the tokens added to it, and the merges in one of two spellings.
Json document_of(const model::Vocabulary& v, bool merge_pairs) {
  Json model = {{"type", "BPE"},
                {"dropout", nullptr},
                {"unk_token", nullptr},
                {"continuing_subword_prefix", nullptr},
                {"end_of_word_suffix", nullptr},
                {"fuse_unk", false},
                {"byte_fallback", false},
                {"ignore_merges", true},
                {"vocab", Json::object()},
                {"merges", Json::array()}};
  Json added = Json::array();
  for (std::size_t id = 0; id < v.tokens.size(); ++id) {
    const bool special = v.types[id] == kControl || v.types[id] == model::token_type::kUnknown;
    if (special || v.types[id] == kUserDefined) added.push_back(added_token(id, v.tokens[id], special));
    // LLaMA 3's file has its special tokens among the added ones alone, LLaMA 2's in both places.
    if (!special || v.kind == model::VocabularyKind::SentencePiece) model["vocab"][v.tokens[id]] = id;
  }
  for (const auto& [left, right] : v.merges)
    model["merges"].push_back(merge_pairs ? Json::array({left, right}) : Json(left + " " + right));
  return {{"version", "1.0"},          {"truncation", nullptr}, {"padding", nullptr},
          {"added_tokens", added},     {"normalizer", nullptr}, {"pre_tokenizer", nullptr},
          {"post_processor", nullptr}, {"decoder", nullptr},    {"model", std::move(model)}};
}

Json template_processing(const std::string& bos) {
  return {
      {"type", "TemplateProcessing"},
      {"single", {{{"SpecialToken", {{"id", bos}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
      {"pair", Json::array()},
      {"special_tokens", Json::object()}};
}

Json byte_level_json(bool merge_pairs, bool post_sequence) {
  Json out = document_of(byte_level_vocabulary(), merge_pairs);
  const Json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
  out["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"}, {"pattern", {{"Regex", kExpression}}}, {"behavior", "Isolated"}, {"invert", false}},
        byte_level}}};
  out["decoder"] = byte_level;
  const Json post = template_processing("<s>");
  out["post_processor"] =
      post_sequence ? Json{{"type", "Sequence"}, {"processors", Json::array({byte_level, post})}} : post;
  return out;
}

// LLaMA 2's form: merges by rank in place of scores, unknown and byte tokens in the vocabulary.
Json sentencepiece_json(bool prefix, bool bytes) {
  const std::string space = "\xE2\x96\x81";
  model::Vocabulary v = sentencepiece_vocabulary();
  v.merges = {{"h", "e"},       {"l", "l"},   {"he", "ll"}, {"hell", "o"},
              {space, "hello"}, {space, "a"}, {"a", "a"},   {"aa", "aa"}};
  if (!bytes) {
    model::Vocabulary fewer;
    fewer.kind = v.kind;
    for (std::size_t id = 0; id < v.tokens.size(); ++id) {
      if (v.types[id] == model::token_type::kByte) continue;
      fewer.tokens.push_back(v.tokens[id]);
      fewer.types.push_back(v.types[id]);
    }
    fewer.merges = v.merges;
    v = fewer;
  }
  Json out = document_of(v, false);
  Json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", space}};
  Json parts = Json::array();
  if (prefix) parts.push_back({{"type", "Prepend"}, {"prepend", space}});
  parts.push_back(std::move(replace));
  out["normalizer"] = {{"type", "Sequence"}, {"normalizers", std::move(parts)}};
  out["decoder"] = {{"type", "Sequence"},
                    {"decoders",
                     {{{"type", "Replace"}, {"pattern", {{"String", space}}}, {"content", " "}},
                      {{"type", "ByteFallback"}},
                      {{"type", "Fuse"}},
                      {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}};
  out["model"]["byte_fallback"] = true;
  out["model"]["ignore_merges"] = false;
  out["model"]["unk_token"] = "<unk>";
  out["post_processor"] = template_processing("<s>");
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (at + k < bytes.size() ? static_cast<unsigned char>(bytes[at + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += at + k <= bytes.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string tiktoken_file(const char* line_end) {
  const model::Vocabulary v = byte_level_vocabulary();
  std::string out;
  std::size_t rank = 0;
  for (std::size_t id = 0; id < v.tokens.size(); ++id) {
    if (v.types[id] != kNormal) continue;
    out += base64(model::bytes_of_spelling(v.tokens[id]).value()) + ' ' + std::to_string(rank++) + line_end;
  }
  return out;
}

}  // namespace

std::vector<Seed> tokenizer_seeds() {
  std::vector<Seed> seeds;
  const auto add = [&](const char* name, TokenizerInput kind, std::string_view text) {
    seeds.push_back({name, input(kind, text)});
  };
  add("byte_level.json", TokenizerInput::Json, byte_level_json(false, false).dump());
  add("byte_level_pairs.json", TokenizerInput::Json, byte_level_json(true, true).dump());
  add("sentencepiece.json", TokenizerInput::Json, sentencepiece_json(true, true).dump());
  add("sentencepiece_no_bytes.json", TokenizerInput::Json, sentencepiece_json(false, false).dump());
  add("ranks.tiktoken", TokenizerInput::Tiktoken, tiktoken_file("\n"));
  add("ranks_crlf.tiktoken", TokenizerInput::Tiktoken, tiktoken_file("\r\n"));
  add("refused_number", TokenizerInput::Json, "1e999");
  add("refused_depth", TokenizerInput::Json, std::string(64, '['));
  Json twice = byte_level_json(true, false);
  twice["model"]["merges"].push_back(twice["model"]["merges"][0]);
  add("refused_merge_twice", TokenizerInput::Json, twice.dump());
  Json unknown = byte_level_json(true, false);
  unknown["model"]["merges"].push_back({"q", "q"});
  add("refused_merge", TokenizerInput::Json, unknown.dump());
  constexpr std::string_view kTexts[] = {"", "hello hello", "h\xC3\xA9llo  \n\n\t 1234 '\u2019s <s> <user>x",
                                         "aaaaaaaaaaaaaaaaaaaaaaaa", "\xE4\xB8\xAD\xF0\x9F\x98\x80\xE2\x96\x81"};
  for (std::size_t i = 0; i < std::size(kTexts); ++i) {
    add(("byte_level_text" + std::to_string(i)).c_str(), TokenizerInput::ByteLevelText, kTexts[i]);
    add(("sentencepiece_text" + std::to_string(i)).c_str(), TokenizerInput::SentencePieceText, kTexts[i]);
  }
  return seeds;
}

}  // namespace ternsim::fuzz
