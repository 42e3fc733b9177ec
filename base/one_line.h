#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ternsim {

/// Text, parts of which come from a file, made fit for a message: control characters (C0, DEL, C1) and bytes that are
/// no UTF-8 become \xNN, and what is longer than `limit` bytes is cut there and says so.
std::string one_line(std::string_view text, std::size_t limit = 1500);

}  // namespace ternsim
