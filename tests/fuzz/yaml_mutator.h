#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ternsim::fuzz {

/// One to three changes to the lines of a YAML or CSV text: a value replaced by a telling one or by another line's, a
/// line taken out, put in twice or exchanged for another, its indentation changed, a piece of YAML's own syntax put in.
std::string mutate_lines(std::string_view text, std::uint64_t seed);

}  // namespace ternsim::fuzz
