#include "model/vocabulary_gguf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/vocabulary_tools.h"

namespace ternsim::model {

namespace {

// All four name LLaMA 3's expression; a file without the key is read as one of them, as the released 2B4T file is.
constexpr std::array<std::string_view, 4> kPreTokenizers = {"llama-bpe", "llama3", "llama-v3", "falcon3"};

constexpr const char* kIgnoreMergesKey = "ternsim.tokenizer.ignore_merges";
constexpr std::array kStopKeys = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};

void check_pre_tokenizer(const GgufFile& file) {
  if (!file.has("tokenizer.ggml.pre")) return;
  const std::string_view pre = file.text("tokenizer.ggml.pre");
  if (std::find(kPreTokenizers.begin(), kPreTokenizers.end(), pre) == kPreTokenizers.end())
    file.fail(fmt::format("metadata key 'tokenizer.ggml.pre' is '{}'; this build splits text as {}", printable(pre),
                          fmt::join(kPreTokenizers, ", ")));
}

void read_tokens(const GgufFile& file, std::int64_t vocab_size, Vocabulary& out) {
  const auto tokens = file.texts("tokenizer.ggml.tokens");
  const auto count = static_cast<std::int64_t>(tokens.size());
  if (vocab_size >= 0 && count != vocab_size)
    file.fail(
        fmt::format("'tokenizer.ggml.tokens' has {} pieces, but the model's vocab_size is {}", count, vocab_size));
  out.tokens.assign(tokens.begin(), tokens.end());
  out.types.assign(tokens.size(), token_type::kNormal);
  if (!file.has("tokenizer.ggml.token_type")) return;
  const auto types = file.integers("tokenizer.ggml.token_type", token_type::kNormal, token_type::kByte);
  if (types.size() != tokens.size())
    file.fail(fmt::format("'tokenizer.ggml.token_type' has {} elements for {} pieces", types.size(), tokens.size()));
  std::transform(types.begin(), types.end(), out.types.begin(),
                 [](std::int64_t t) { return static_cast<std::int32_t>(t); });
}

void read_merges(const GgufFile& file, Vocabulary& out) {
  const auto merges = file.texts("tokenizer.ggml.merges");
  out.merges.reserve(merges.size());
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    auto pair = split_merge(merges[rank]);
    if (!pair)
      file.fail(fmt::format("'tokenizer.ggml.merges' element {} is '{}'; two pieces with one space between expected",
                            rank, printable(merges[rank])));
    out.merges.push_back(std::move(*pair));
  }
}

void read_scores(const GgufFile& file, Vocabulary& out) {
  out.scores = file.numbers("tokenizer.ggml.scores");
  if (out.scores.size() != out.tokens.size())
    file.fail(
        fmt::format("'tokenizer.ggml.scores' has {} elements for {} pieces", out.scores.size(), out.tokens.size()));
}

void read_ids(const GgufFile& file, Vocabulary& out) {
  const auto id_of = [&](const char* key) {
    return file.has(key) ? static_cast<std::int32_t>(file.integer(key, 0, std::ssize(out.tokens) - 1)) : -1;
  };
  out.bos = id_of("tokenizer.ggml.bos_token_id");
  out.eos = id_of("tokenizer.ggml.eos_token_id");
  out.unknown = id_of("tokenizer.ggml.unknown_token_id");
  for (const char* key : kStopKeys)
    if (const std::int32_t id = id_of(key); id >= 0) out.stop_ids.push_back(id);
  out.add_bos = file.has("tokenizer.ggml.add_bos_token") ? file.boolean("tokenizer.ggml.add_bos_token") : out.bos >= 0;
  if (out.add_bos && out.bos < 0)
    file.fail("'tokenizer.ggml.add_bos_token' is true, but 'tokenizer.ggml.bos_token_id' is missing");
}

}  // namespace

Vocabulary read_vocabulary(const GgufFile& file, std::int64_t vocab_size) {
  Vocabulary out;
  const std::string_view kind = file.text("tokenizer.ggml.model");
  if (kind == "none") {
    out.kind = VocabularyKind::None;
    out.add_bos = false;
    return out;
  }
  if (kind != "gpt2" && kind != "llama")
    file.fail(
        fmt::format("metadata key 'tokenizer.ggml.model' is '{}'; this build reads gpt2 (byte-level BPE), llama "
                    "(SentencePiece BPE) and none",
                    printable(kind)));
  read_tokens(file, vocab_size, out);
  if (kind == "gpt2") {
    check_pre_tokenizer(file);
    read_merges(file, out);
    if (file.has(kIgnoreMergesKey)) out.ignore_merges = file.boolean(kIgnoreMergesKey);
  } else {
    out.kind = VocabularyKind::SentencePiece;
    read_scores(file, out);
    // Where the key says so, white space would have to be removed before anything else.
    if (file.has("tokenizer.ggml.remove_extra_whitespaces") && file.boolean("tokenizer.ggml.remove_extra_whitespaces"))
      file.fail(
          "metadata key 'tokenizer.ggml.remove_extra_whitespaces' is true; this build leaves white space as it is");
    out.add_space_prefix =
        !file.has("tokenizer.ggml.add_space_prefix") || file.boolean("tokenizer.ggml.add_space_prefix");
  }
  mark_known_controls(out);
  read_ids(file, out);
  for (const std::int32_t id : known_stop_ids(out)) out.stop_ids.push_back(id);
  return out;
}

Vocabulary read_vocabulary(const GgufFile& file) { return read_vocabulary(file, -1); }

void write_vocabulary(GgufWriter& out, const Vocabulary& vocabulary) {
  if (vocabulary.tokens.empty()) {
    out.add_text("tokenizer.ggml.model", "none");
    return;
  }
  const bool byte_level = vocabulary.kind == VocabularyKind::ByteLevelBpe;
  if (byte_level && vocabulary.merge_any)
    throw RequestError(
        "a GGUF file holds a list of merges, which a tiktoken file has not; take the tokenizer from the model's "
        "tokenizer.json or GGUF file");
  if (!byte_level && vocabulary.scores.size() != vocabulary.tokens.size())
    throw RequestError(
        "a GGUF file holds the scores of SentencePiece tokens, which a tokenizer.json has not; take the tokenizer from "
        "the model's GGUF file");
  out.add_text("tokenizer.ggml.model", byte_level ? "gpt2" : "llama");
  if (byte_level) out.add_text("tokenizer.ggml.pre", "llama-bpe");
  out.add_texts("tokenizer.ggml.tokens", vocabulary.tokens);
  if (!byte_level) out.add_f32s("tokenizer.ggml.scores", vocabulary.scores);
  out.add_i32s("tokenizer.ggml.token_type", vocabulary.types);
  if (byte_level) {
    std::vector<std::string> merges;
    merges.reserve(vocabulary.merges.size());
    for (const auto& [left, right] : vocabulary.merges) merges.push_back(left + " " + right);
    out.add_texts("tokenizer.ggml.merges", merges);
    if (!vocabulary.ignore_merges) out.add_bool(kIgnoreMergesKey, false);
  }
  const auto add_id = [&](const char* key, std::int32_t id) {
    if (id >= 0) out.add_u32(key, static_cast<std::uint32_t>(id));
  };
  add_id("tokenizer.ggml.bos_token_id", vocabulary.bos);
  add_id("tokenizer.ggml.eos_token_id", vocabulary.eos);
  add_id("tokenizer.ggml.unknown_token_id", vocabulary.unknown);
  // Those that are known by their spelling are found again without a key.
  const std::vector<std::int32_t> known = known_stop_ids(vocabulary);
  std::size_t next = 0;
  for (const std::int32_t id : vocabulary.stop_ids) {
    if (std::find(known.begin(), known.end(), id) != known.end()) continue;
    if (next == kStopKeys.size())
      throw RequestError(fmt::format("token {} ends a text, but GGUF has only {} keys for such tokens", id, next));
    add_id(kStopKeys[next++], id);
  }
  out.add_bool("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
  if (!byte_level) out.add_bool("tokenizer.ggml.add_space_prefix", vocabulary.add_space_prefix);
}

}  // namespace ternsim::model
