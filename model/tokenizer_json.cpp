#include "model/tokenizer_json.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/json_guard.h"
#include "model/sentencepiece_bpe.h"
#include "model/vocabulary_tools.h"

namespace ternsim::model {

namespace {

using nlohmann::json;

// What PreTokenizer splits by, as files spell it.
constexpr std::string_view kLlama3Expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
    R"(|\s+(?!\S)|\s+)";
constexpr std::string_view kSpace = "\u2581";

/// A value and where it stands.
struct Node {
  const json& value;
  std::string pointer;
  const std::string& origin;

  [[noreturn]] void fail(const std::string& message) const {
    fail_input(origin, pointer.empty() ? "/" : pointer, message);
  }
  bool has(const char* key) const { return value.is_object() && value.contains(key) && !value[key].is_null(); }
  Node at(const char* key) const {
    if (!has(key)) fail(fmt::format("'{}' is missing", key));
    return {value[key], pointer + "/" + key, origin};
  }
  Node at(std::size_t i) const { return {value[i], fmt::format("{}/{}", pointer, i), origin}; }
  std::size_t list_size() const {
    if (!value.is_array()) fail("a list expected");
    return value.size();
  }
  const std::string& text() const {
    if (!value.is_string()) fail("a text expected");
    return value.get_ref<const std::string&>();
  }
  bool boolean(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!value[key].is_boolean()) at(key).fail("true or false expected");
    return value[key].get<bool>();
  }
  const std::string& type() const {
    if (!value.is_object()) fail("an object with a 'type' expected");
    return at("type").text();
  }
  [[noreturn]] void refuse(const std::string& what, const std::string& expected) const {
    fail(fmt::format("{} is not supported; {} expected", what, expected));
  }
  void require(const char* key, bool wanted, bool otherwise) const {
    if (boolean(key, otherwise) != wanted)
      Node{value, pointer + "/" + key, origin}.refuse(wanted ? "false" : "true", wanted ? "true" : "false");
  }
};

void read_pre_tokenizer(const Node& root, Vocabulary& out) {
  if (!root.has("pre_tokenizer")) {
    out.kind = VocabularyKind::SentencePiece;
    return;
  }
  const Node sequence = root.at("pre_tokenizer");
  const std::string expected = "a Sequence of Split (by LLaMA 3's expression) and ByteLevel";
  if (sequence.type() != "Sequence") sequence.refuse(fmt::format("'{}'", printable(sequence.type())), expected);
  const Node parts = sequence.at("pretokenizers");
  if (parts.list_size() != 2 || parts.at(std::size_t{0}).type() != "Split" || parts.at(1).type() != "ByteLevel")
    parts.refuse("this sequence", expected);
  const Node split = parts.at(std::size_t{0});
  const Node pattern = split.at("pattern");
  if (!pattern.has("Regex")) pattern.refuse("a pattern without 'Regex'", "LLaMA 3's expression");
  if (pattern.at("Regex").text() != kLlama3Expression)
    pattern.at("Regex").refuse("this expression", "LLaMA 3's, " + std::string(kLlama3Expression));
  if (const Node behavior = split.at("behavior"); behavior.text() != "Isolated")
    behavior.refuse(fmt::format("'{}'", printable(behavior.text())), "Isolated");
  split.require("invert", false, false);
  parts.at(1).require("add_prefix_space", false, true);
  parts.at(1).require("use_regex", false, true);
}

void read_normalizer(const Node& root, Vocabulary& out) {
  const bool byte_level = out.kind == VocabularyKind::ByteLevelBpe;
  if (!root.has("normalizer")) {
    if (!byte_level) root.refuse("neither 'pre_tokenizer' nor 'normalizer'", "one of the two");
    return;
  }
  const Node normalizer = root.at("normalizer");
  if (byte_level) normalizer.refuse(fmt::format("'{}'", printable(normalizer.type())), "null with this pre_tokenizer");
  const std::string expected = "a Sequence of Prepend U+2581 (or without it) and Replace \" \" by U+2581";
  if (normalizer.type() != "Sequence") normalizer.refuse(fmt::format("'{}'", printable(normalizer.type())), expected);
  const Node parts = normalizer.at("normalizers");
  bool replaced = false;
  for (std::size_t i = 0; i < parts.list_size(); ++i) {
    const Node part = parts.at(i);
    if (part.type() == "Prepend" && !replaced && !out.add_space_prefix && part.at("prepend").text() == kSpace) {
      out.add_space_prefix = true;
    } else if (part.type() == "Replace" && !replaced && part.at("content").text() == kSpace &&
               part.at("pattern").has("String") && part.at("pattern").at("String").text() == " ") {
      replaced = true;
    } else {
      part.refuse(fmt::format("this '{}'", printable(part.type())), expected);
    }
  }
  if (!replaced) parts.refuse("a sequence without Replace", expected);
}

void check_decoder(const Node& root, const Vocabulary& vocabulary) {
  if (!root.has("decoder")) return;
  const Node decoder = root.at("decoder");
  if (vocabulary.kind == VocabularyKind::ByteLevelBpe) {
    if (decoder.type() != "ByteLevel") decoder.refuse(fmt::format("'{}'", printable(decoder.type())), "ByteLevel");
    return;
  }
  if (decoder.type() != "Sequence") decoder.refuse(fmt::format("'{}'", printable(decoder.type())), "a Sequence");
  const Node parts = decoder.at("decoders");
  for (std::size_t i = 0; i < parts.list_size(); ++i) {
    const std::string& type = parts.at(i).type();
    if (type != "Replace" && type != "ByteFallback" && type != "Fuse" && type != "Strip")
      parts.at(i).refuse(fmt::format("'{}'", printable(type)), "Replace, ByteFallback, Fuse or Strip");
  }
}

void check_model(const Node& model, bool byte_level) {
  if (model.has("type") && model.at("type").text() != "BPE")
    model.at("type").refuse(fmt::format("'{}'", printable(model.at("type").text())), "BPE");
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (model.has(key) && !model.at(key).text().empty())
      model.at(key).refuse(fmt::format("'{}'", printable(model.at(key).text())), "null");
  if (model.has("dropout") && model.at("dropout").value != json(0.0)) model.at("dropout").refuse("a dropout", "null");
  model.require("byte_fallback", !byte_level, false);
  if (!byte_level) model.require("ignore_merges", false, false);
}

// Tokens by id, from the model's vocabulary and the added ones; no id twice, none left out.
class TokenTable {
 public:
  explicit TokenTable(Vocabulary& out) : out_(out) {}

  void reserve(std::size_t tokens) { most_ = tokens; }
  void add(const Node& where, std::int64_t id, const std::string& token, std::int32_t type) {
    // Ids are a gapless range, so none is beyond the number of tokens.
    if (id < 0 || id >= static_cast<std::int64_t>(most_))
      where.fail(
          fmt::format("id {} of '{}' with {} tokens; ids 0 ... {} expected", id, printable(token), most_, most_ - 1));
    const auto at = static_cast<std::size_t>(id);
    if (at >= out_.tokens.size()) {
      out_.tokens.resize(at + 1);
      out_.types.resize(at + 1, kNone);
    }
    if (out_.types[at] != kNone && (type == token_type::kNormal || out_.tokens[at] != token))
      where.fail(fmt::format("id {} is '{}' and '{}'", id, printable(out_.tokens[at]), printable(token)));
    out_.tokens[at] = token;
    out_.types[at] = type;
  }
  void finish(const Node& where) const {
    for (std::size_t id = 0; id < out_.types.size(); ++id)
      if (out_.types[id] == kNone) where.fail(fmt::format("no token has id {}", id));
  }

 private:
  static constexpr std::int32_t kNone = 0;
  Vocabulary& out_;
  std::size_t most_ = 0;
};

std::int64_t id_of(const Node& node) {
  if (!node.value.is_number_integer()) node.fail("an id expected");
  // A number beyond int64 reads as a negative one, which is refused as out of range.
  return node.value.get<std::int64_t>();
}

void read_tokens(const Node& root, Vocabulary& out) {
  const Node vocabulary = root.at("model").at("vocab");
  if (!vocabulary.value.is_object()) vocabulary.fail("an object of tokens and their ids expected");
  const bool byte_level = out.kind == VocabularyKind::ByteLevelBpe;
  TokenTable table(out);
  const std::size_t added = root.has("added_tokens") ? root.at("added_tokens").list_size() : 0;
  table.reserve(vocabulary.value.size() + added);
  for (const auto& [token, id] : vocabulary.value.items()) {
    if (!id.is_number_integer()) vocabulary.fail(fmt::format("the id of '{}' is no number", printable(token)));
    const bool byte = !byte_level && byte_of_spelling(token) >= 0;
    table.add(vocabulary, id.get<std::int64_t>(), token, byte ? token_type::kByte : token_type::kNormal);
  }
  for (std::size_t i = 0; i < added; ++i) {
    const Node token = root.at("added_tokens").at(i);
    for (const char* key : {"single_word", "lstrip", "rstrip"}) token.require(key, false, false);
    if (token.at("content").text().empty()) token.at("content").fail("a token that is empty");
    table.add(token, id_of(token.at("id")), token.at("content").text(),
              token.boolean("special", false) ? token_type::kControl : token_type::kUserDefined);
  }
  table.finish(vocabulary);
}

void read_merges(const Node& model, Vocabulary& out) {
  const Node merges = model.at("merges");
  const std::size_t count = merges.list_size();
  out.merges.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const json& merge = merges.value[i];
    if (merge.is_string()) {
      if (auto pair = split_merge(merge.get_ref<const std::string&>())) {
        out.merges.push_back(std::move(*pair));
        continue;
      }
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      out.merges.emplace_back(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>());
      continue;
    }
    merges.at(i).fail("two tokens expected, \"left right\" or [\"left\", \"right\"]");
  }
  if (out.kind == VocabularyKind::SentencePiece && out.merges.empty()) merges.fail("no merges");
}

/// The token that a TemplateProcessing puts in front, "" if it puts none; nothing else may stand around the text.
std::string template_bos(const Node& post) {
  const Node single = post.at("single");
  std::string bos;
  for (std::size_t i = 0; i < single.list_size(); ++i) {
    const Node part = single.at(i);
    if (part.has("Sequence")) {
      if (i + 1 != single.list_size()) part.refuse("a token behind the text", "none");
      break;
    }
    if (i > 0) part.refuse("a second token in front of the text", "one");
    bos = part.at("SpecialToken").at("id").text();
  }
  return bos;
}

void read_marks(const Node& root, Vocabulary& out) {
  mark_known_controls(out);
  const auto first_of = [&](std::initializer_list<const char*> names) {
    for (const char* name : names)
      if (const std::int32_t id = find_control(out, name); id >= 0) return id;
    return std::int32_t{-1};
  };
  out.bos = first_of({"<|begin_of_text|>", "<s>"});
  out.eos = first_of({"<|end_of_text|>", "</s>", "<|endoftext|>"});
  out.add_bos = out.bos >= 0;
  if (root.has("post_processor")) {
    const Node post = root.at("post_processor");
    std::vector<Node> parts;
    if (post.type() == "Sequence") {
      const Node list = post.at("processors");
      for (std::size_t i = 0; i < list.list_size(); ++i) parts.push_back(list.at(i));
    } else {
      parts.push_back(post);
    }
    for (const Node& part : parts) {
      if (part.type() == "ByteLevel") continue;
      if (part.type() != "TemplateProcessing")
        part.refuse(fmt::format("'{}'", printable(part.type())), "TemplateProcessing or ByteLevel");
      const std::string bos = template_bos(part);
      out.add_bos = !bos.empty();
      if (bos.empty()) continue;
      out.bos = find_control(out, bos);
      if (out.bos < 0) part.fail(fmt::format("'{}' is no special token of added_tokens", printable(bos)));
    }
  }
  out.stop_ids = known_stop_ids(out);
}

}  // namespace

Vocabulary parse_tokenizer_json(std::string_view text, const std::string& origin) {
  const json document = parse_json(text, origin);
  const Node root{document, "", origin};
  if (!document.is_object() || !root.has("model"))
    root.fail("no object with a 'model'; give a Hugging Face tokenizer.json");
  Vocabulary out;
  read_pre_tokenizer(root, out);
  read_normalizer(root, out);
  check_decoder(root, out);
  const Node model = root.at("model");
  if (!model.value.is_object()) model.fail("an object expected");
  check_model(model, out.kind == VocabularyKind::ByteLevelBpe);
  read_tokens(root, out);
  read_merges(model, out);
  out.ignore_merges = model.boolean("ignore_merges", false);
  if (model.has("unk_token")) {
    const std::string& unknown = model.at("unk_token").text();
    const json& vocabulary = model.value["vocab"];
    if (!vocabulary.contains(unknown)) model.at("unk_token").fail("a token of the vocabulary expected");
    out.unknown = vocabulary[unknown].get<std::int32_t>();
  }
  read_marks(root, out);
  return out;
}

}  // namespace ternsim::model
