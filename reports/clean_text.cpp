#include "reports/clean_text.h"

#include <cstddef>

#include "base/utf8.h"

namespace ternsim::reports {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_control(char32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0);
}

std::string cleaned(std::string_view text, bool drop_controls) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    const bool valid = c.state == Utf8Char::State::Valid;
    if (!valid || (drop_controls && is_control(c.code)))
      out += replacement;
    else
      out += text.substr(at, c.length);
    at += valid ? c.length : 1;
  }
  return out;
}

}  // namespace

std::string valid_utf8(std::string_view text) { return cleaned(text, false); }

std::string printable_text(std::string_view text) { return cleaned(text, true); }

}  // namespace ternsim::reports
