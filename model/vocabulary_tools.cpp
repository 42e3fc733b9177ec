#include "model/vocabulary_tools.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/utf8.h"

namespace ternsim::model {

namespace {

constexpr std::array<std::string_view, 6> kStopSpellings = {"<|end_of_text|>", "<|eot_id|>", "<|eom_id|>",
                                                            "<|endoftext|>",   "<|im_end|>", "</s>"};

constexpr std::array<std::string_view, 11> kControlSpellings = {
    "<|begin_of_text|>", "<|end_of_text|>",           "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
    "<|eom_id|>",        "<|finetune_right_pad_id|>", "<|python_tag|>",      "<|endoftext|>",     "<|im_start|>",
    "<|im_end|>"};
constexpr std::string_view kReservedPrefix = "<|reserved_special_token_";

// GPT-2 writes a byte as the character of the same number where that can be seen, and the others, in order, as the
// characters from U+0100 on.
bool seen_as_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

struct Alphabet {
  std::array<int, 0x144> byte_of{};  // by character, -1 where there is none
  std::array<char32_t, 256> character_of{};
};

const Alphabet& alphabet() {
  static const Alphabet kAlphabet = [] {
    Alphabet out;
    out.byte_of.fill(-1);
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const char32_t c = seen_as_itself(byte) ? static_cast<char32_t>(byte) : next++;
      out.byte_of[c] = byte;
      out.character_of[static_cast<std::size_t>(byte)] = c;
    }
    return out;
  }();
  return kAlphabet;
}

}  // namespace

std::optional<std::string> bytes_of_spelling(std::string_view spelling) {
  std::string bytes;
  for (std::size_t at = 0; at < spelling.size();) {
    const Utf8Char c = utf8_at(spelling, at);
    if (c.state != Utf8Char::State::Valid || c.code >= alphabet().byte_of.size()) return std::nullopt;
    const int byte = alphabet().byte_of[c.code];
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
    at += c.length;
  }
  return bytes;
}

std::string spelling_of_bytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) append_utf8(out, alphabet().character_of[static_cast<unsigned char>(c)]);
  return out;
}

std::optional<std::pair<std::string, std::string>> split_merge(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0 || space + 1 == line.size() ||
      line.find(' ', space + 1) != std::string_view::npos)
    return std::nullopt;
  return std::pair(std::string(line.substr(0, space)), std::string(line.substr(space + 1)));
}

void mark_known_controls(Vocabulary& vocabulary) {
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    const std::string& token = vocabulary.tokens[i];
    if (!token.starts_with("<|") || !token.ends_with("|>")) continue;
    if (token.starts_with(kReservedPrefix) ||
        std::find(kControlSpellings.begin(), kControlSpellings.end(), token) != kControlSpellings.end())
      vocabulary.types[i] = token_type::kControl;
  }
}

std::vector<std::int32_t> known_stop_ids(const Vocabulary& vocabulary) {
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.types[i] != token_type::kControl || static_cast<std::int32_t>(i) == vocabulary.eos) continue;
    if (std::find(kStopSpellings.begin(), kStopSpellings.end(), vocabulary.tokens[i]) != kStopSpellings.end())
      ids.push_back(static_cast<std::int32_t>(i));
  }
  return ids;
}

std::int32_t find_control(const Vocabulary& vocabulary, std::string_view spelling) {
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i)
    if (vocabulary.types[i] == token_type::kControl && vocabulary.tokens[i] == spelling)
      return static_cast<std::int32_t>(i);
  return -1;
}

void fail_input(const std::string& origin, const std::string& where, const std::string& message) {
  throw InputError(origin + ": " + where + ": " + message);
}

}  // namespace ternsim::model
