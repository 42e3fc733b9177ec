#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ternsim {

/// What stands at a place of a byte string read as UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
/// U+10FFFF).
struct Utf8Char {
  enum class State { Valid, Incomplete, Invalid };
  State state = State::Invalid;
  char32_t code = 0;       ///< of a valid one
  std::size_t length = 0;  ///< bytes of a valid one
};

/// `Incomplete`: the text ends inside of a character that more bytes could still make valid.
inline Utf8Char utf8_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const std::size_t left = text.size() - at;
  if (left == 0) return {Utf8Char::State::Incomplete};
  const unsigned lead = byte(0);
  if (lead < 0x80) return {Utf8Char::State::Valid, lead, 1};
  if (lead < 0xc2 || lead > 0xf4) return {};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == left) return {Utf8Char::State::Incomplete};
    // The second byte's range keeps out overlong forms (E0, F0), surrogates (ED) and what lies above U+10FFFF (F4).
    unsigned low = 0x80;
    unsigned high = 0xbf;
    if (i == 1) {
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    }
    if (byte(i) < low || byte(i) > high) return {};
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  return {Utf8Char::State::Valid, code, length};
}

/// Offset of the first byte that is not part of a valid character, or the text's size.
inline std::size_t utf8_valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Char c = utf8_at(text, at);
    if (c.state != Utf8Char::State::Valid) break;
    at += c.length;
  }
  return at;
}

inline void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace ternsim
