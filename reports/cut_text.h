#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ternsim::reports {

/// Characters of well-formed UTF-8.
std::size_t characters(std::string_view utf8);

/// The text in one printable line of at most `columns` characters, an ellipsis in the place of what is left out: of a
/// name the end says more, of a value its beginning.
std::string cut(std::string_view text, std::size_t columns, bool keep_end);

}  // namespace ternsim::reports
