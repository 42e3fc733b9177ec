#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ternsim::reports {

/// Columns of a terminal that texts and tables keep to.
inline constexpr std::size_t kTerminalColumns = 100;

/// The words of a text in lines of at most `width` bytes, broken between words; the first stands where it is, the
/// others behind `indent` spaces. A word longer than a line has one of its own.
std::string wrapped_text(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace ternsim::reports
