#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"

// What every fuzz target holds the readers to: hostile bytes end in one clear error or in none.
namespace ternsim::fuzz {

/// The name that stands for the file in messages.
inline const std::string kOrigin = "fuzzed-input";

/// Ends the program with a message, which is a finding to the fuzzer.
[[noreturn]] inline void finding(std::string_view what, std::string_view detail = {}) {
  std::fprintf(stderr, "finding: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

/// A message that a terminal can show and a person can read: one line, no control bytes, of bounded length.
inline void check_message(std::string_view message) {
  constexpr std::size_t kLongest = 2000;
  if (message.empty()) finding("an error without a message");
  if (message.size() > kLongest) finding("an error message that is too long", message.substr(0, 200));
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) finding("an error message with a control byte", message);
  }
}

/// Runs `body`. True if it ends well, false if it throws an InputError that names the file, `origin`, or a
/// RequestError; any other exception escapes, which is a finding.
template <typename Body>
bool ends_clearly(const Body& body, std::string_view origin = kOrigin) {
  try {
    body();
    return true;
  } catch (const InputError& e) {
    check_message(e.what());
    if (std::string_view(e.what()).find(origin) == std::string_view::npos)
      finding("an InputError that does not name the file", e.what());
  } catch (const RequestError& e) {
    check_message(e.what());
  }
  return false;
}

}  // namespace ternsim::fuzz
