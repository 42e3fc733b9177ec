#include "base/one_line.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace ternsim {

std::string one_line(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size() && out.size() < limit) {
    const Utf8Char c = utf8_at(text, at);
    const std::size_t length = c.state == Utf8Char::State::Valid ? c.length : 1;
    const bool shown = c.state == Utf8Char::State::Valid && c.code >= 0x20 && !(c.code >= 0x7f && c.code < 0xa0);
    for (const char byte : text.substr(at, length))
      out += shown ? std::string(1, byte) : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    at += length;
  }
  if (at < text.size()) out += fmt::format("... ({} bytes)", text.size());
  return out;
}

}  // namespace ternsim
