// Bytes as a tokenizer's file, or as text for a tokenizer. Files end in a vocabulary or in a clear error; text that is
// UTF-8 comes back from its tokens unchanged, other text is refused.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "model/tiktoken.h"
#include "model/tokenizer.h"
#include "model/tokenizer_json.h"
#include "tests/fuzz/clear_error.h"
#include "tests/fuzz/json_mutator.h"
#include "tests/fuzz/tokenizer_input.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace ternsim;
using namespace ternsim::model;

// Letters, digits, white space, an emoji and the spelling of a control token.
constexpr std::string_view kSample = "hello, h\xC3\xA9llo's 12345 \xE4\xB8\xAD\xF0\x9F\x98\x80  \n\t aaaa<s><|eot_id|>";

using Ids = std::vector<std::int32_t>;

/// The text with U+2581 as the space for which SentencePiece takes it.
std::string as_decoded(std::string_view text, VocabularyKind kind) {
  constexpr std::string_view kVisibleSpace = "\xE2\x96\x81";
  std::string out(text);
  if (kind != VocabularyKind::SentencePiece) return out;
  for (std::size_t at = 0; (at = out.find(kVisibleSpace, at)) != std::string::npos; ++at)
    out.replace(at, kVisibleSpace.size(), " ");
  return out;
}

void check_stream(const Tokenizer& tokenizer, const Ids& ids) {
  StreamDecoder decoder(tokenizer, true);
  std::string joined;
  for (const std::int32_t id : ids) joined += decoder.push(id);
  joined += decoder.finish();
  if (joined != tokenizer.decode(ids, true)) fuzz::finding("streamed text differs from the decoded one", joined);
}

/// Encodes in each way that there is; tokens that are text decode to the text.
void check_text(const Tokenizer& tokenizer, const Vocabulary& vocabulary, std::string_view text) {
  const Ids ids = tokenizer.encode(text, false);
  bool plain = true;
  for (const std::int32_t id : ids) plain = plain && !tokenizer.is_special(id) && id != vocabulary.unknown;
  if (plain && tokenizer.decode_text(ids) != as_decoded(text, vocabulary.kind))
    fuzz::finding("decoded text differs", tokenizer.decode_text(ids));
  check_stream(tokenizer, ids);
  check_stream(tokenizer, tokenizer.encode(text, false, SpecialTokens::Parse));
  if (tokenizer.bos() >= 0 && tokenizer.encode(text, true).size() != ids.size() + 1)
    fuzz::finding("a begin-of-text token changes the others", text);
}

void check_fixed(const Tokenizer& tokenizer, const Vocabulary& vocabulary, std::string_view text) {
  const bool valid = utf8_valid_prefix(text) == text.size();
  try {
    check_text(tokenizer, vocabulary, text);
    if (!valid) fuzz::finding("text that is not UTF-8 was taken", "");
  } catch (const InputError& e) {
    fuzz::check_message(e.what());
    if (valid) fuzz::finding("text was refused", e.what());
  }
}

void check_file(const Vocabulary& vocabulary) {
  const Tokenizer tokenizer(vocabulary, fuzz::kOrigin);
  Ids all;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id) all.push_back(id);
  check_stream(tokenizer, all);
  try {
    check_text(tokenizer, vocabulary, kSample);
  } catch (const InputError& e) {  // a byte that this vocabulary lacks
    fuzz::check_message(e.what());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (static_cast<fuzz::TokenizerInput>(data[0] % 4)) {
    case fuzz::TokenizerInput::Json:
      fuzz::ends_clearly([&] { check_file(parse_tokenizer_json(text, fuzz::kOrigin)); });
      break;
    case fuzz::TokenizerInput::Tiktoken:
      fuzz::ends_clearly([&] { check_file(parse_tiktoken(text, fuzz::kOrigin)); });
      break;
    case fuzz::TokenizerInput::ByteLevelText: {
      static const Vocabulary vocabulary = fuzz::byte_level_vocabulary();
      static const Tokenizer tokenizer(vocabulary);
      check_fixed(tokenizer, vocabulary, text);
      break;
    }
    case fuzz::TokenizerInput::SentencePieceText: {
      static const Vocabulary vocabulary = fuzz::sentencepiece_vocabulary();
      static const Tokenizer tokenizer(vocabulary);
      check_fixed(tokenizer, vocabulary, text);
      break;
    }
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  if (size > 1 && data[0] % 4 == static_cast<int>(fuzz::TokenizerInput::Json) && seed % 4 != 0) {
    const std::string changed = fuzz::mutate_json({reinterpret_cast<const char*>(data) + 1, size - 1}, seed);
    if (!changed.empty() && changed.size() < max_size) {
      std::memcpy(data + 1, changed.data(), changed.size());
      return changed.size() + 1;
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
