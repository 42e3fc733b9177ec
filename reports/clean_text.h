#pragma once

#include <string>
#include <string_view>

namespace ternsim::reports {

/// The text as well-formed UTF-8: each byte that belongs to no well-formed sequence (Unicode 15, table 3-7) becomes
/// U+FFFD. A byte-level tokenizer may stop in the middle of a character, so generated text needs this.
std::string valid_utf8(std::string_view text);

/// valid_utf8, and every control character but newline and tab (C0, DEL, C1) becomes U+FFFD: a model's output must not
/// reach a terminal as escape sequences.
std::string printable_text(std::string_view text);

}  // namespace ternsim::reports
